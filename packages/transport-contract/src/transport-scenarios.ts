import type { TransportScenario } from "./scenario.ts";
import { backpressureScenarios } from "./scenarios/backpressure.ts";
import { closeScenarios } from "./scenarios/close.ts";
import { closeByPeerScenarios } from "./scenarios/close-by-peer.ts";
import { fragmentScenarios } from "./scenarios/fragments.ts";
import { messageLimitScenarios } from "./scenarios/message-limit.ts";
import { openScenarios } from "./scenarios/open.ts";
import { openAddressScenarios } from "./scenarios/open-address.ts";
import { openFailureScenarios } from "./scenarios/open-failures.ts";
import { openHandshakeScenarios } from "./scenarios/open-handshake.ts";
import { openRejectedScenarios } from "./scenarios/open-rejected.ts";
import { openTlsScenarios } from "./scenarios/open-tls.ts";
import { pauseScenarios } from "./scenarios/pause.ts";
import { pingScenarios } from "./scenarios/ping.ts";
import { receiveScenarios } from "./scenarios/receive.ts";
import { sendScenarios } from "./scenarios/send.ts";
import { terminateScenarios } from "./scenarios/terminate.ts";
import { tickEndScenarios } from "./scenarios/tick-ends.ts";
import { tickScenarios } from "./scenarios/ticks.ts";
import { unrefScenarios } from "./scenarios/unref.ts";
import { wireEndScenarios } from "./scenarios/wire-ends.ts";
import { wireFaultScenarios } from "./scenarios/wire-faults.ts";

/** Every promise of the Transport port, as data: for {@link describeTransportContract}, tables and mutation tests. */
export const transportScenarios: readonly TransportScenario[] = [
  ...openScenarios,
  ...openFailureScenarios,
  ...openRejectedScenarios,
  ...openHandshakeScenarios,
  ...openTlsScenarios,
  ...openAddressScenarios,
  ...sendScenarios,
  ...backpressureScenarios,
  ...receiveScenarios,
  ...fragmentScenarios,
  ...messageLimitScenarios,
  ...pingScenarios,
  ...pauseScenarios,
  ...closeScenarios,
  ...closeByPeerScenarios,
  ...terminateScenarios,
  ...unrefScenarios,
  ...wireFaultScenarios,
  ...wireEndScenarios,
  ...tickScenarios,
  ...tickEndScenarios,
];

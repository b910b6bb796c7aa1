import {
  type Channel,
  type ChannelEvents,
  type Clock,
  type OpenRequest,
  type Transport,
  TransportError,
} from "@outsock/core";
import { chosenMs } from "./apply-rules.ts";
import { FaultyChannel } from "./faulty-channel.ts";
import { FaultyConnection } from "./faulty-connection.ts";
import { FaultyEvents } from "./faulty-events.ts";
import type { Reporter } from "./report.ts";
import { type Rule, type RuleMatch, RuleMatcher } from "./rule-matcher.ts";
import { isConnectionFault, type RefuseFault } from "./script.ts";

/** One open of the transport below, and the rules for it. */
export interface FaultyOpenOptions {
  readonly transport: Transport;
  readonly rules: readonly Rule[];
  readonly seed: number;
  readonly clock: Clock;
  /** The number of the open, from 1. */
  readonly channel: number;
  /** The rules that apply to the open itself. */
  readonly matches: readonly RuleMatch[];
  readonly report: Reporter;
}

/** Runs one open with the faults of the script. */
export async function openFaulty(
  options: FaultyOpenOptions,
  request: OpenRequest,
  events: ChannelEvents,
): Promise<Channel> {
  const { transport, rules, seed, clock, channel, matches, report } = options;
  await applyOpenFaults(options, request.signal);
  const connection = new FaultyConnection(events, transport.capabilities, clock);
  let endDelayMs = 0;
  for (const match of matches) {
    const { fault } = match.rule;
    if (isConnectionFault(fault)) {
      report(match, "open");
      connection.apply(fault, connection.inbound);
    } else if (fault.fault === "slow-close") {
      const delayMs = chosenMs(fault.ms, match.random);
      report(match, "open", delayMs);
      endDelayMs += delayMs;
    }
  }
  const { maxMessageBytes } = request;
  const shared = { connection, channel, report };
  const matcher = new RuleMatcher(rules, seed, "in");
  const inbound = new FaultyEvents({ ...shared, matcher, maxMessageBytes, endDelayMs });
  try {
    const inner = await transport.open(request, inbound);
    const faulty = new FaultyChannel(inner, { ...shared, matcher: new RuleMatcher(rules, seed, "out") });
    connection.attach(inner);
    return faulty;
  } catch (error) {
    connection.discard();
    throw error;
  }
}

/** Rejects if the script refuses the open, or if it is aborted before dialling. */
async function applyOpenFaults(
  { clock, matches, report }: FaultyOpenOptions,
  signal: AbortSignal,
): Promise<void> {
  for (const match of matches) {
    const { fault } = match.rule;
    if (fault.fault !== "slow-open" && fault.fault !== "refuse" && fault.fault !== "stall") continue;
    if (signal.aborted) throw aborted();
    if (fault.fault === "slow-open") {
      const delayMs = chosenMs(fault.ms, match.random);
      report(match, "open", delayMs);
      await delay(clock, delayMs, signal);
    } else {
      report(match, "open");
      if (fault.fault === "refuse") throw refused(fault);
      await delay(clock, undefined, signal);
    }
  }
}

/** Resolves after `delayMs`, or never without it. Rejects with ABORTED when the signal is aborted. */
function delay(clock: Clock, delayMs: number | undefined, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      timer?.cancel();
      reject(aborted());
    };
    const done = (): void => {
      signal.removeEventListener("abort", abort);
      resolve();
    };
    const timer = delayMs === undefined ? undefined : clock.schedule(delayMs, done);
    signal.addEventListener("abort", abort, { once: true });
  });
}

function aborted(): TransportError {
  return new TransportError("ABORTED", "opening was aborted");
}

function refused({ code, status, retryAfterMs }: RefuseFault): TransportError {
  return new TransportError(
    code ?? (status === undefined ? "CONNECT_FAILED" : "HANDSHAKE_REJECTED"),
    "the fault script refused the connection",
    { ...(status === undefined ? {} : { status }), ...(retryAfterMs === undefined ? {} : { retryAfterMs }) },
  );
}

import { equal } from "@outsock/contract-kit";
import type { OpenRequest } from "@outsock/core";
import type { PeerHandshake } from "../peer.ts";
import { defineTransportScenario, type TransportScenario } from "../scenario.ts";
import type { TransportTestbed } from "../transport-testbed.ts";

/** Opens against a peer whose answer breaks RFC 6455 section 4.1, and sees that it fails and nothing stays. */
async function expectProtocolError(
  testbed: TransportTestbed,
  handshake: PeerHandshake,
  overrides: Partial<OpenRequest> = {},
): Promise<void> {
  const peer = await testbed.peer({ handshake });
  const { error, events } = await testbed.failToOpen(peer.url, overrides);
  equal(error.code, testbed.openCode("PROTOCOL_ERROR"), "the code");
  await (await peer.nextConnection()).ended;
  equal(events.log.length, 0, "events told");
}

function spoiltAnswer(
  id: string,
  behaviour: string,
  headers: Readonly<Record<string, string | null>>,
): TransportScenario {
  return defineTransportScenario({
    id,
    behaviour,
    needs: ["network"],
    run: (testbed) => expectProtocolError(testbed, { type: "spoilt", headers }),
  });
}

export const openHandshakeScenarios: readonly TransportScenario[] = [
  spoiltAnswer("open:bad-accept", "a wrong Sec-WebSocket-Accept rejects with PROTOCOL_ERROR", {
    "Sec-WebSocket-Accept": "AAAAAAAAAAAAAAAAAAAAAAAAAAA=",
  }),
  spoiltAnswer("open:no-accept", "a missing Sec-WebSocket-Accept rejects with PROTOCOL_ERROR", {
    "Sec-WebSocket-Accept": null,
  }),
  spoiltAnswer("open:no-upgrade", "a 101 without an Upgrade header rejects with PROTOCOL_ERROR", {
    Upgrade: null,
  }),
  spoiltAnswer("open:wrong-upgrade", "a 101 that upgrades to something else rejects with PROTOCOL_ERROR", {
    Upgrade: "h2c",
  }),
  spoiltAnswer("open:unrequested-extension", "an extension nobody asked for rejects with PROTOCOL_ERROR", {
    "Sec-WebSocket-Extensions": "permessage-deflate",
  }),
  defineTransportScenario({
    id: "open:not-http",
    behaviour: "an answer that is not HTTP rejects with PROTOCOL_ERROR",
    needs: ["network"],
    run: (testbed) => expectProtocolError(testbed, { type: "raw", text: "SSH-2.0-OpenSSH_9.2\r\n" }),
  }),
  defineTransportScenario({
    id: "open:protocol-none-chosen",
    behaviour: "a peer that chooses none of the offered subprotocols rejects with PROTOCOL_ERROR",
    run: (testbed) => expectProtocolError(testbed, { type: "accept" }, { protocols: ["one"] }),
  }),
  defineTransportScenario({
    id: "open:protocol-not-offered",
    behaviour: "a subprotocol that was not among the offered ones rejects with PROTOCOL_ERROR",
    run: (testbed) =>
      expectProtocolError(testbed, { type: "accept", protocol: "two" }, { protocols: ["one"] }),
  }),
  defineTransportScenario({
    id: "open:protocol-unrequested",
    behaviour: "a subprotocol chosen where none was offered rejects with PROTOCOL_ERROR",
    run: (testbed) => expectProtocolError(testbed, { type: "accept", protocol: "one" }),
  }),
];

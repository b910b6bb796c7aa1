import { equal } from "@outsock/contract-kit";
import type { OpenRequest } from "@outsock/core";
import type { PeerHandshake } from "../peer.ts";
import { defineTransportScenario, type TransportScenario } from "../scenario.ts";
import type { TransportTestbed } from "../transport-testbed.ts";

/** Opening a peer whose answer violates RFC 6455 section 4.1 fails, and the connection is ended. */
async function expectProtocolError(
  testbed: TransportTestbed,
  handshake: PeerHandshake,
  overrides: Partial<OpenRequest> = {},
): Promise<void> {
  const peer = await testbed.peer({ handshake });
  const { error, events } = await testbed.failToOpen(peer.url, overrides);
  equal(error.code, testbed.openCode("PROTOCOL_ERROR"), "the code");
  await (await peer.nextConnection()).ended;
  equal(events.log.length, 0, "events reported");
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
  spoiltAnswer("open:bad-accept", "open rejects with PROTOCOL_ERROR if Sec-WebSocket-Accept is wrong", {
    "Sec-WebSocket-Accept": "AAAAAAAAAAAAAAAAAAAAAAAAAAA=",
  }),
  spoiltAnswer("open:no-accept", "open rejects with PROTOCOL_ERROR if Sec-WebSocket-Accept is missing", {
    "Sec-WebSocket-Accept": null,
  }),
  spoiltAnswer("open:no-upgrade", "open rejects with PROTOCOL_ERROR if the 101 has no Upgrade header", {
    Upgrade: null,
  }),
  spoiltAnswer(
    "open:wrong-upgrade",
    "open rejects with PROTOCOL_ERROR if the 101 upgrades to another protocol",
    {
      Upgrade: "h2c",
    },
  ),
  spoiltAnswer(
    "open:unrequested-extension",
    "open rejects with PROTOCOL_ERROR if the answer has an extension that was not offered",
    {
      "Sec-WebSocket-Extensions": "permessage-deflate",
    },
  ),
  defineTransportScenario({
    id: "open:not-http",
    behaviour: "open rejects with PROTOCOL_ERROR if the answer is not HTTP",
    needs: ["network"],
    run: (testbed) => expectProtocolError(testbed, { type: "raw", text: "SSH-2.0-OpenSSH_9.2\r\n" }),
  }),
  defineTransportScenario({
    id: "open:protocol-none-chosen",
    behaviour: "open rejects with PROTOCOL_ERROR if the peer chooses none of the offered subprotocols",
    run: (testbed) => expectProtocolError(testbed, { type: "accept" }, { protocols: ["one"] }),
  }),
  defineTransportScenario({
    id: "open:protocol-not-offered",
    behaviour: "open rejects with PROTOCOL_ERROR if the peer chooses a subprotocol that was not offered",
    run: (testbed) =>
      expectProtocolError(testbed, { type: "accept", protocol: "two" }, { protocols: ["one"] }),
  }),
  defineTransportScenario({
    id: "open:protocol-unrequested",
    behaviour: "open rejects with PROTOCOL_ERROR if the peer chooses a subprotocol when none was offered",
    run: (testbed) => expectProtocolError(testbed, { type: "accept", protocol: "one" }),
  }),
];

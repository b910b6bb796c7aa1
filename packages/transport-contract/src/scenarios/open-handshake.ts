import type { OpenRequest } from "@outsock/core";
import { equal } from "../assert.ts";
import type { Lab } from "../lab.ts";
import type { PeerHandshake } from "../peer-script.ts";
import { defineScenario, type TransportScenario } from "../scenario.ts";

/** Opens against a peer whose answer breaks RFC 6455 section 4.1, and sees that it fails and nothing stays. */
async function expectProtocolError(
  lab: Lab,
  handshake: PeerHandshake,
  overrides: Partial<OpenRequest> = {},
): Promise<void> {
  const peer = await lab.peer({ handshake });
  const { error, events } = await lab.failToOpen(peer.url, overrides);
  equal(error.code, lab.openCode("PROTOCOL_ERROR"), "the code");
  await (await peer.nextConnection()).ended;
  equal(events.log.length, 0, "events told");
}

function spoiltAnswer(
  id: string,
  behaviour: string,
  headers: Readonly<Record<string, string | null>>,
): TransportScenario {
  return defineScenario({
    id,
    behaviour,
    needs: ["network"],
    run: (lab) => expectProtocolError(lab, { type: "spoilt", headers }),
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
  defineScenario({
    id: "open:not-http",
    behaviour: "an answer that is not HTTP rejects with PROTOCOL_ERROR",
    needs: ["network"],
    run: (lab) => expectProtocolError(lab, { type: "raw", text: "SSH-2.0-OpenSSH_9.2\r\n" }),
  }),
  defineScenario({
    id: "open:protocol-none-chosen",
    behaviour: "a peer that chooses none of the offered subprotocols rejects with PROTOCOL_ERROR",
    run: (lab) => expectProtocolError(lab, { type: "accept" }, { protocols: ["one"] }),
  }),
  defineScenario({
    id: "open:protocol-not-offered",
    behaviour: "a subprotocol that was not among the offered ones rejects with PROTOCOL_ERROR",
    run: (lab) => expectProtocolError(lab, { type: "accept", protocol: "two" }, { protocols: ["one"] }),
  }),
  defineScenario({
    id: "open:protocol-unrequested",
    behaviour: "a subprotocol chosen where none was offered rejects with PROTOCOL_ERROR",
    run: (lab) => expectProtocolError(lab, { type: "accept", protocol: "one" }),
  }),
];

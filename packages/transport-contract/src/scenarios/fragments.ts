import { equal, sameItems } from "../assert.ts";
import { encodeFrame, encodeMessage, opcodes } from "../frame-writer.ts";
import { nextBytes, wireOf } from "../remote.ts";
import { defineScenario, type TransportScenario } from "../scenario.ts";

export const fragmentScenarios: readonly TransportScenario[] = [
  defineScenario({
    id: "receive:fragments",
    behaviour: "a message in fragments, cut within a character and with a ping between, arrives as one",
    needs: ["network"],
    async run(lab) {
      const { events, remote } = await lab.connect();
      const bytes = new TextEncoder().encode("a🎈b");
      const wire = wireOf(remote);
      wire.raw(encodeFrame(opcodes.text, bytes.subarray(0, 3), { fin: false }));
      wire.raw(encodeFrame(opcodes.ping, "between"));
      wire.raw(encodeFrame(opcodes.continuation, [], { fin: false }));
      wire.raw(encodeFrame(opcodes.continuation, bytes.subarray(3)));
      sameItems(await events.texts(1), ["a🎈b"], "the message");
      sameItems(await nextBytes(remote, "pong"), new TextEncoder().encode("between"), "the pong");
    },
  }),
  defineScenario({
    id: "receive:byte-by-byte",
    behaviour: "frames that come one byte a packet arrive as messages",
    needs: ["network"],
    async run(lab) {
      const { events, remote } = await lab.connect();
      const frames = [...encodeMessage("grüße"), ...encodeMessage("x".repeat(200))];
      for (const byte of frames) wireOf(remote).raw(Uint8Array.of(byte));
      sameItems(await events.texts(2), ["grüße", "x".repeat(200)], "the messages");
    },
  }),
  defineScenario({
    id: "receive:many-in-a-packet",
    behaviour: "many messages in one packet arrive as many, in order",
    needs: ["network"],
    async run(lab) {
      const { events, remote } = await lab.connect();
      const sent = Array.from({ length: 300 }, (_, i) => `message ${i}`);
      wireOf(remote).raw(Uint8Array.from(sent.flatMap((message) => [...encodeMessage(message)])));
      sameItems(await events.texts(300), sent, "the messages");
      equal(events.messages.length, 300, "messages told");
    },
  }),
];

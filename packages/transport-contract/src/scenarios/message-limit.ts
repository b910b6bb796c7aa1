import { equal } from "../assert.ts";
import { encodeFrame, opcodes } from "../frame-writer.ts";
import type { Client } from "../lab.ts";
import { endsWithAtMost, wireOf } from "../remote.ts";
import { defineScenario, type TransportScenario } from "../scenario.ts";

const maxMessageBytes = 1_000;

async function expectTooBig({ events }: Client): Promise<void> {
  const close = await events.closed();
  equal(close.error?.code, "MESSAGE_TOO_BIG", "the code of the close's error");
  equal(close.code, 1006, "the close code");
  equal(close.clean, false, "clean");
}

export const messageLimitScenarios: readonly TransportScenario[] = [
  defineScenario({
    id: "receive:limit",
    behaviour: "a message over maxMessageBytes is not told; the channel closes with MESSAGE_TOO_BIG",
    async run(lab) {
      const pair = await lab.connect({}, { maxMessageBytes });
      pair.remote.send("x".repeat(maxMessageBytes));
      pair.remote.send("y".repeat(maxMessageBytes + 1));
      await expectTooBig(pair);
      equal(pair.events.messages.length, 1, "messages told");
      await endsWithAtMost(pair.remote, [1009]);
    },
  }),
  defineScenario({
    id: "receive:limit-in-bytes",
    behaviour: "maxMessageBytes counts the bytes of a text, not its characters",
    async run(lab) {
      const pair = await lab.connect({}, { maxMessageBytes });
      pair.remote.send("ü".repeat(maxMessageBytes / 2 + 1));
      await expectTooBig(pair);
      equal(pair.events.messages.length, 0, "messages told");
    },
  }),
  defineScenario({
    id: "receive:limit-announced",
    behaviour: "a frame that announces more than maxMessageBytes is refused before it arrives",
    needs: ["network", "messageLimit"],
    async run(lab) {
      const pair = await lab.connect({}, { maxMessageBytes });
      wireOf(pair.remote).raw(encodeFrame(opcodes.text, "ab", { announcedLength: 2 ** 24 }));
      await expectTooBig(pair);
      await endsWithAtMost(pair.remote, [1009]);
    },
  }),
  defineScenario({
    id: "receive:limit-fragments",
    behaviour: "the fragments of a message count together against maxMessageBytes, before the last one came",
    needs: ["network", "messageLimit"],
    async run(lab) {
      const pair = await lab.connect({}, { maxMessageBytes });
      const part = new Uint8Array(400);
      wireOf(pair.remote).raw(encodeFrame(opcodes.binary, part, { fin: false }));
      wireOf(pair.remote).raw(encodeFrame(opcodes.continuation, part, { fin: false }));
      wireOf(pair.remote).raw(encodeFrame(opcodes.continuation, part, { fin: false }));
      await expectTooBig(pair);
      await endsWithAtMost(pair.remote, [1009]);
    },
  }),
];

import { equal, ok, sameItems, throws } from "@outsock/contract-kit";
import { encodeFrame, encodeMessage, opcodes } from "../frame-writer.ts";
import { endsWithAtMost, nextBytes, wireOf } from "../remote.ts";
import { defineTransportScenario, type TransportScenario } from "../scenario.ts";
import type { Client } from "../transport-testbed.ts";

const mebibyte = 1024 * 1024;

export const receiveScenarios: readonly TransportScenario[] = [
  defineTransportScenario({
    id: "receive:order",
    behaviour: "messages are reported once each, in the order of arrival",
    async run(testbed) {
      const { events, remote } = await testbed.connect();
      const sent = Array.from({ length: 1_000 }, (_, i) => `message ${i}`);
      for (const message of sent) remote.send(message);
      sameItems(await events.texts(1_000), sent, "the messages");
      await testbed.settle();
      equal(events.messages.length, 1_000, "messages reported");
    },
  }),
  defineTransportScenario({
    id: "receive:text-and-binary",
    behaviour: "a message has isText, byteLength, text() and bytes()",
    async run(testbed) {
      const { events, remote } = await testbed.connect();
      remote.send("grüße 🎈");
      remote.send(Uint8Array.of(1, 2, 255));
      await events.until(() => events.messages.length === 2);
      const [text, binary] = events.messages;
      equal(text?.isText, true, "isText of a text");
      equal(text?.byteLength, 12, "byteLength of a text");
      equal(text?.text(), "grüße 🎈", "text of a text");
      sameItems(text?.bytes() ?? [], new TextEncoder().encode("grüße 🎈"), "bytes of a text");
      equal(binary?.isText, false, "isText of bytes");
      equal(binary?.byteLength, 3, "byteLength of bytes");
      sameItems(binary?.bytes() ?? [], [1, 2, 255], "bytes of bytes");
      ok(binary?.bytes() instanceof Uint8Array, "bytes() is not a Uint8Array");
    },
  }),
  defineTransportScenario({
    id: "receive:binary-as-text",
    behaviour: "text() of a binary message decodes UTF-8, and throws if the bytes are not valid UTF-8",
    async run(testbed) {
      const { events, remote } = await testbed.connect();
      remote.send(new TextEncoder().encode("grüße"));
      remote.send(Uint8Array.of(0xc3, 0x28));
      await events.until(() => events.messages.length === 2);
      const [valid, invalid] = events.messages;
      equal(valid?.text(), "grüße", "the text");
      throws(() => invalid?.text(), "text of bytes that are not UTF-8");
    },
  }),
  defineTransportScenario({
    id: "receive:empty",
    behaviour: "empty messages are reported",
    async run(testbed) {
      const { events, remote } = await testbed.connect();
      remote.send("");
      remote.send(new Uint8Array());
      await events.until(() => events.messages.length === 2);
      const [text, binary] = events.messages;
      equal(text?.isText, true, "isText of an empty text");
      equal(text?.text(), "", "the empty text");
      equal(binary?.isText, false, "isText of empty bytes");
      equal(binary?.bytes().byteLength, 0, "the length of empty bytes");
    },
  }),
  defineTransportScenario({
    id: "receive:large",
    behaviour: "messages of 1 MiB arrive complete",
    async run(testbed) {
      const { events, remote } = await testbed.connect();
      const bytes = new Uint8Array(mebibyte).map((_, i) => i % 251);
      remote.send("x".repeat(mebibyte));
      remote.send(bytes);
      await events.until(() => events.messages.length === 2);
      const [text, binary] = events.messages;
      equal(text?.text(), "x".repeat(mebibyte), "the text");
      sameItems(binary?.bytes() ?? [], bytes, "the bytes");
    },
  }),
  defineTransportScenario({
    id: "receive:kept-message",
    behaviour: "a message can be read long after it arrived, and more than once",
    async run(testbed) {
      const { events, remote } = await testbed.connect();
      const sent = Array.from({ length: 200 }, (_, i) => `${i}:${"x".repeat(1_000)}`);
      for (const message of sent) remote.send(message);
      await events.until(() => events.messages.length === sent.length);
      await testbed.settle();
      sameItems(await events.texts(sent.length), sent, "the texts");
      sameItems(await events.texts(sent.length), sent, "the texts, read again");
    },
  }),
];

export const fragmentScenarios: readonly TransportScenario[] = [
  defineTransportScenario({
    id: "receive:fragments",
    behaviour:
      "a fragmented message, split within a character and with a ping in between, arrives as one message",
    needs: ["network"],
    async run(testbed) {
      const { events, remote } = await testbed.connect();
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
  defineTransportScenario({
    id: "receive:byte-by-byte",
    behaviour: "frames that arrive one byte per packet are complete messages",
    needs: ["network"],
    async run(testbed) {
      const { events, remote } = await testbed.connect();
      const frames = [...encodeMessage("grüße"), ...encodeMessage("x".repeat(200))];
      for (const byte of frames) wireOf(remote).raw(Uint8Array.of(byte));
      sameItems(await events.texts(2), ["grüße", "x".repeat(200)], "the messages");
    },
  }),
  defineTransportScenario({
    id: "receive:many-in-a-packet",
    behaviour: "many messages in one packet arrive separately and in order",
    needs: ["network"],
    async run(testbed) {
      const { events, remote } = await testbed.connect();
      const sent = Array.from({ length: 300 }, (_, i) => `message ${i}`);
      wireOf(remote).raw(Uint8Array.from(sent.flatMap((message) => [...encodeMessage(message)])));
      sameItems(await events.texts(300), sent, "the messages");
      equal(events.messages.length, 300, "messages reported");
    },
  }),
];

const maxMessageBytes = 1_000;

async function expectTooBig({ events }: Client): Promise<void> {
  const close = await events.closed();
  equal(close.error?.code, "MESSAGE_TOO_BIG", "the code of the close's error");
  equal(close.code, 1006, "the close code");
  equal(close.clean, false, "clean");
}

export const messageLimitScenarios: readonly TransportScenario[] = [
  defineTransportScenario({
    id: "receive:limit",
    behaviour: "a message over maxMessageBytes is not reported; the channel closes with MESSAGE_TOO_BIG",
    async run(testbed) {
      const pair = await testbed.connect({}, { maxMessageBytes });
      pair.remote.send("x".repeat(maxMessageBytes));
      pair.remote.send("y".repeat(maxMessageBytes + 1));
      await expectTooBig(pair);
      equal(pair.events.messages.length, 1, "messages reported");
      await endsWithAtMost(pair.remote, [1009]);
    },
  }),
  defineTransportScenario({
    id: "receive:limit-in-bytes",
    behaviour: "maxMessageBytes counts the bytes of a text, not its characters",
    async run(testbed) {
      const pair = await testbed.connect({}, { maxMessageBytes });
      pair.remote.send("ü".repeat(maxMessageBytes / 2 + 1));
      await expectTooBig(pair);
      equal(pair.events.messages.length, 0, "messages reported");
    },
  }),
  defineTransportScenario({
    id: "receive:limit-announced",
    behaviour: "a frame that announces more than maxMessageBytes is rejected before its payload arrives",
    needs: ["network", "messageLimit"],
    async run(testbed) {
      const pair = await testbed.connect({}, { maxMessageBytes });
      wireOf(pair.remote).raw(encodeFrame(opcodes.text, "ab", { announcedLength: 2 ** 24 }));
      await expectTooBig(pair);
      await endsWithAtMost(pair.remote, [1009]);
    },
  }),
  defineTransportScenario({
    id: "receive:limit-fragments",
    behaviour: "the fragments of a message count together against maxMessageBytes, even before the last one",
    needs: ["network", "messageLimit"],
    async run(testbed) {
      const pair = await testbed.connect({}, { maxMessageBytes });
      const part = new Uint8Array(400);
      wireOf(pair.remote).raw(encodeFrame(opcodes.binary, part, { fin: false }));
      wireOf(pair.remote).raw(encodeFrame(opcodes.continuation, part, { fin: false }));
      wireOf(pair.remote).raw(encodeFrame(opcodes.continuation, part, { fin: false }));
      await expectTooBig(pair);
      await endsWithAtMost(pair.remote, [1009]);
    },
  }),
];

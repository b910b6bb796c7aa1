import { equal, ok, sameItems, throws } from "../assert.ts";
import { defineScenario, type TransportScenario } from "../scenario.ts";

const mebibyte = 1024 * 1024;

export const receiveScenarios: readonly TransportScenario[] = [
  defineScenario({
    id: "receive:order",
    behaviour: "messages are told in the order of arrival, each once",
    async run(lab) {
      const { events, remote } = await lab.connect();
      const sent = Array.from({ length: 1_000 }, (_, i) => `message ${i}`);
      for (const message of sent) remote.send(message);
      sameItems(await events.texts(1_000), sent, "the messages");
      await lab.settle();
      equal(events.messages.length, 1_000, "messages told");
    },
  }),
  defineScenario({
    id: "receive:text-and-binary",
    behaviour: "a message says whether it is text and how long it is, and gives its text and its bytes",
    async run(lab) {
      const { events, remote } = await lab.connect();
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
      ok(binary?.bytes() instanceof Uint8Array, "bytes are no Uint8Array");
    },
  }),
  defineScenario({
    id: "receive:binary-as-text",
    behaviour: "the text of a binary message is its UTF-8, and throws where the bytes are not UTF-8",
    async run(lab) {
      const { events, remote } = await lab.connect();
      remote.send(new TextEncoder().encode("grüße"));
      remote.send(Uint8Array.of(0xc3, 0x28));
      await events.until(() => events.messages.length === 2);
      const [valid, invalid] = events.messages;
      equal(valid?.text(), "grüße", "the text");
      throws(() => invalid?.text(), "text of bytes that are not UTF-8");
    },
  }),
  defineScenario({
    id: "receive:empty",
    behaviour: "empty messages are messages",
    async run(lab) {
      const { events, remote } = await lab.connect();
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
  defineScenario({
    id: "receive:large",
    behaviour: "messages of 1 MiB arrive whole",
    async run(lab) {
      const { events, remote } = await lab.connect();
      const bytes = new Uint8Array(mebibyte).map((_, i) => i % 251);
      remote.send("x".repeat(mebibyte));
      remote.send(bytes);
      await events.until(() => events.messages.length === 2);
      const [text, binary] = events.messages;
      equal(text?.text(), "x".repeat(mebibyte), "the text");
      sameItems(binary?.bytes() ?? [], bytes, "the bytes");
    },
  }),
  defineScenario({
    id: "receive:kept-message",
    behaviour: "a message can be read long after it arrived, more than once",
    async run(lab) {
      const { events, remote } = await lab.connect();
      const sent = Array.from({ length: 200 }, (_, i) => `${i}:${"x".repeat(1_000)}`);
      for (const message of sent) remote.send(message);
      await events.until(() => events.messages.length === sent.length);
      await lab.settle();
      sameItems(await events.texts(sent.length), sent, "the texts");
      sameItems(await events.texts(sent.length), sent, "the texts, read again");
    },
  }),
];

import { equal, ok, sameItems, throws } from "@outsock/contract-kit";
import { TransportError } from "@outsock/core";
import { nextBytes, nextClose, nextText } from "../remote.ts";
import { defineTransportScenario, type TransportScenario } from "../scenario.ts";

const mebibyte = 1024 * 1024;

export const sendScenarios: readonly TransportScenario[] = [
  defineTransportScenario({
    id: "send:order",
    behaviour: "messages reach the peer in the order of the calls",
    async run(testbed) {
      const { channel, remote } = await testbed.connect();
      for (let i = 0; i < 1_000; i += 1) channel.send(`message ${i}`);
      for (let i = 0; i < 1_000; i += 1) equal(await nextText(remote), `message ${i}`, "a message");
    },
  }),
  defineTransportScenario({
    id: "send:text-and-binary",
    behaviour: "strings are sent as text and bytes as binary, including empty ones",
    async run(testbed) {
      const { channel, remote } = await testbed.connect();
      const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
      channel.send("grüße, 世界 🎈");
      channel.send(bytes);
      channel.send("");
      channel.send(new Uint8Array());
      equal(await nextText(remote), "grüße, 世界 🎈", "the text");
      sameItems(await nextBytes(remote, "binary"), bytes, "the bytes");
      equal(await nextText(remote), "", "the empty text");
      equal((await nextBytes(remote, "binary")).byteLength, 0, "the length of empty bytes");
    },
  }),
  defineTransportScenario({
    id: "send:bytes-are-the-callers",
    behaviour: "bytes are copied at the call: they are not altered, and can be reused afterwards",
    async run(testbed) {
      const { channel, remote } = await testbed.connect();
      const buffer = Uint8Array.of(9, 1, 2, 3, 9);
      const part = buffer.subarray(1, 4);
      channel.send(part);
      sameItems(buffer, [9, 1, 2, 3, 9], "the caller's buffer");
      part.fill(0);
      sameItems(await nextBytes(remote, "binary"), [1, 2, 3], "what the peer received");
    },
  }),
  defineTransportScenario({
    id: "send:large",
    behaviour: "messages of 1 MiB arrive complete",
    async run(testbed) {
      const { channel, remote } = await testbed.connect();
      const bytes = new Uint8Array(mebibyte).map((_, i) => i % 251);
      channel.send("x".repeat(mebibyte));
      channel.send(bytes);
      equal(await nextText(remote), "x".repeat(mebibyte), "the text");
      sameItems(await nextBytes(remote, "binary"), bytes, "the bytes");
    },
  }),
  defineTransportScenario({
    id: "send:after-close",
    behaviour: "send throws CONNECTION_CLOSED once closing, and the message does not reach the peer",
    async run(testbed) {
      const { channel, events, remote } = await testbed.connect({ answersClose: false });
      channel.close(4000);
      expectClosed(throws(() => channel.send("late"), "send after close"));
      await nextClose(remote);
      remote.close(4000);
      await events.closed();
      expectClosed(throws(() => channel.send("later"), "send after the close event"));
      await remote.ended;
      ok(
        (await remote.nextFrame().catch(() => undefined)) === undefined,
        "something followed the Close frame",
      );
    },
  }),
];

function expectClosed(error: unknown): void {
  equal(TransportError.is(error) ? error.code : error, "CONNECTION_CLOSED", "the code of a late send");
}

import { expect, test } from "vitest";
import { connect } from "./lab.ts";

const limit = 131_072;

/** One empty text message in so many fragments. */
function fragments(count: number): Uint8Array {
  const bytes = new Uint8Array(count * 2);
  bytes[0] = 0x01;
  bytes[(count - 1) * 2] = 0x80;
  return bytes;
}

test("a message of as many fragments as undici takes is told", async () => {
  const { remote, messages, closed } = await connect();
  remote.wire?.raw(fragments(limit));
  remote.close(1000);
  await closed;
  expect(messages.map(({ byteLength }) => byteLength)).toEqual([0]);
});

test("a message of more fragments ends the channel with MESSAGE_TOO_BIG", async () => {
  const { remote, messages, closed } = await connect();
  remote.wire?.raw(fragments(limit + 1));
  expect(await closed).toMatchObject({ code: 1006, clean: false, error: { code: "MESSAGE_TOO_BIG" } });
  expect(messages).toHaveLength(0);
});

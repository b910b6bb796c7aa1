import { expect, test } from "vitest";
import { closeCodeOf, encodeClose } from "../src/close-frame.ts";
import { connect } from "./lab.ts";

const aMebibyte = new Uint8Array(1024 * 1024);

test("a flood after the peer's Close frame does not keep the channel from closing", async () => {
  const { closed, remote, messages } = await connect();
  remote.close(4000, "enough");
  for (let i = 0; i < 8; i += 1) remote.send(aMebibyte);
  remote.wire?.end();
  expect(await closed).toEqual({ code: 4000, reason: "enough", clean: true });
  expect(messages).toHaveLength(0);
});

test("a flood between our Close frame and the peer's is told, what follows is not", async () => {
  const { channel, closed, remote, messages } = await connect({ answersClose: false });
  channel.close(1000);
  await remote.nextFrame();
  for (let i = 0; i < 4; i += 1) remote.send(aMebibyte);
  remote.close(1000);
  expect(await closed).toEqual({ code: 1000, reason: "", clean: true });
  expect(messages.map(({ byteLength }) => byteLength)).toEqual(Array(4).fill(aMebibyte.byteLength));
});

test("every code that RFC 6455 permits can be sent, not only those that WHATWG permits", async () => {
  for (const code of [1001, 1003, 1011]) {
    const { channel, closed, remote } = await connect();
    channel.close(code, "going");
    expect(await remote.nextFrame()).toEqual({ type: "close", code, reason: "going" });
    expect(await closed).toMatchObject({ code, clean: true });
  }
});

test("a channel whose peer has sent FIN accepts nothing more", async () => {
  const { channel, closed, remote } = await connect();
  remote.wire?.end();
  expect(await closed).toMatchObject({ code: 1006, clean: false, error: { code: "CONNECTION_CLOSED" } });
  expect(() => channel.send("late")).toThrow(expect.objectContaining({ code: "CONNECTION_CLOSED" }));
});

test("the code of a masked Close frame is read back, and an empty one is 1005", () => {
  expect(closeCodeOf(encodeClose(4321, "why"))).toBe(4321);
  expect(closeCodeOf(encodeClose(undefined, ""))).toBe(1005);
  expect(closeCodeOf(Uint8Array.of(0x8a, 0x80, 1, 2, 3, 4))).toBeUndefined();
});

test("a reason that does not fit into a Close frame is refused", () => {
  expect(() => encodeClose(1000, "ü".repeat(62))).toThrow(RangeError);
});

import { expect, test } from "vitest";
import { connect } from "../support/connect.ts";

const aMebibyte = new Uint8Array(1024 * 1024);

test("a flood after the peer's Close frame does not keep the channel from closing", async () => {
  const { closed, remote, messages } = await connect();
  remote.close(4000, "enough");
  for (let i = 0; i < 8; i += 1) remote.send(aMebibyte);
  remote.wire?.end();
  expect(await closed).toEqual({ code: 4000, reason: "enough", clean: true });
  expect(messages).toHaveLength(0);
});

test("in Node every code that RFC 6455 permits can be sent, not only those that WHATWG permits", async () => {
  for (const code of [1001, 1003, 1011]) {
    const { channel, closed, remote } = await connect();
    channel.close(code, "going");
    expect(await remote.nextFrame()).toEqual({ type: "close", code, reason: "going" });
    expect(await closed).toMatchObject({ code, clean: true });
  }
});

test("in Node messages that arrive after close and before the peer's answer are delivered", async () => {
  const { channel, closed, remote, messages } = await connect({ answersClose: false });
  channel.close(1000);
  await remote.nextFrame();
  remote.send("late");
  remote.close(1000);
  expect(await closed).toEqual({ code: 1000, reason: "", clean: true });
  expect(messages.map((message) => message.text())).toEqual(["late"]);
});

test("a message whose bytes look like a Close frame or a pong is sent as it is", async () => {
  const { channel, remote } = await connect();
  for (const first of [0x88, 0x8a]) {
    const bytes = Uint8Array.of(first, 0x80, 1, 2, 3, 4);
    channel.send(bytes);
    expect(await remote.nextFrame()).toEqual({ type: "binary", bytes });
  }
});

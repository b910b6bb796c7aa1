import type { Channel, ChannelClose } from "@outsock/core";
import { expect, test } from "vitest";
import { undiciTransport } from "../src/index.ts";
import { connect, noEvents, requestFor, startPeer } from "./support/connect.ts";

const aMebibyte = new Uint8Array(1024 * 1024);

test("a flood after the peer's Close frame does not keep the channel from closing", async () => {
  const { closed, remote, messages } = await connect();
  remote.close(4000, "enough");
  for (let i = 0; i < 8; i += 1) remote.send(aMebibyte);
  remote.wire?.end();
  expect(await closed).toEqual({ code: 4000, reason: "enough", clean: true });
  expect(messages).toHaveLength(0);
});

test("a flood between our Close frame and the peer's is delivered, what follows is not", async () => {
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

async function turnsOfTheEventLoop(count: number): Promise<void> {
  for (let i = 0; i < count; i += 1) await new Promise((resolve) => setImmediate(resolve));
}

test("pausing within a message survives undici's own pauses", async () => {
  const { channel, remote, messages, closed } = await connect();
  const large = new Uint8Array(512 * 1024);
  channel.pause();
  for (let i = 0; i < 64; i += 1) remote.send(large);
  channel.resume();
  remote.close(1000);
  await closed;
  expect(messages).toHaveLength(64);
});

test("a pause in the middle of a packet does not hold back the Close frame at its end", async () => {
  const peer = await startPeer();
  const packet = Buffer.from([0x81, 1, 0x61, 0x88, 2, 0x03, 0xe8]);
  let channel: Channel | undefined;
  const close = await new Promise<ChannelClose>((resolve, reject) => {
    const events = { ...noEvents, message: () => channel?.pause(), close: resolve };
    const remote = peer.nextConnection();
    undiciTransport()
      .open(requestFor(peer.url), events)
      .then(async (opened) => {
        channel = opened;
        (await remote).wire?.raw(packet);
      })
      .catch(reject);
  });
  expect(close).toMatchObject({ code: 1000, clean: true });
});

test("after the peer's FIN nothing more is accepted, also while something is still unsent", async () => {
  const { channel, remote } = await connect();
  remote.stopReading();
  for (let i = 0; i < 24; i += 1) channel.send(new Uint8Array(1024 * 1024));
  remote.wire?.end();
  await turnsOfTheEventLoop(200);
  expect(channel.bufferedAmount).toBeGreaterThan(0);
  expect(() => channel.send("late")).toThrow(expect.objectContaining({ code: "CONNECTION_CLOSED" }));
});

test("once both Close frames are exchanged the peer sees our FIN, also where it keeps its side open", async () => {
  const { channel, remote } = await connect({ lingers: true });
  channel.close(1000);
  await remote.ended;
});

const maxFragments = 131_072;

/** One empty text message in so many fragments. */
function fragments(count: number): Uint8Array {
  const bytes = new Uint8Array(count * 2);
  bytes[0] = 0x01;
  bytes[(count - 1) * 2] = 0x80;
  return bytes;
}

test("a message of as many fragments as undici takes is delivered", async () => {
  const { remote, messages, closed } = await connect();
  remote.wire?.raw(fragments(maxFragments));
  remote.close(1000);
  await closed;
  expect(messages.map(({ byteLength }) => byteLength)).toEqual([0]);
});

test("a message of more fragments ends the channel with MESSAGE_TOO_BIG", async () => {
  const { remote, messages, closed } = await connect();
  remote.wire?.raw(fragments(maxFragments + 1));
  expect(await closed).toMatchObject({ code: 1006, clean: false, error: { code: "MESSAGE_TOO_BIG" } });
  expect(messages).toHaveLength(0);
});

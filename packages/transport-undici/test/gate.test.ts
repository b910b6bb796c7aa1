import type { Channel, ChannelClose } from "@outsock/core";
import { expect, test } from "vitest";
import { undiciTransport } from "../src/index.ts";
import { connect, noEvents, requestFor, startPeer } from "./lab.ts";

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

import type { PeerConnection } from "@outsock/transport-contract";
import { expect, test, vi } from "vitest";
import { connect } from "../support/connect.ts";

const ping = [0x89, 1, 0x61];
const lastPing = Uint8Array.of(0x89, 1, 0x62);
const emptyText = [0x81, 0];

function repeated(frame: readonly number[], count: number): Uint8Array {
  return new Uint8Array(frame.length * count).map((_, index) => frame[index % frame.length] ?? 0);
}

/** How many pongs came until the one that answers the last ping. */
async function pongsUntilLast(remote: PeerConnection): Promise<number> {
  for (let count = 1; ; count += 1) {
    const frame = await remote.nextFrame();
    if (frame.type === "pong" && frame.bytes[0] === 0x62) return count;
  }
}

test("a flood of pings is answered by few pongs, and the last ping by the last of them", async () => {
  const { remote } = await connect();
  remote.wire?.raw(repeated(ping, 350_000));
  remote.wire?.raw(lastPing);
  expect(await pongsUntilLast(remote)).toBeLessThan(10_000);
});

test("pongs that the peer does not read do not pile up: only the latest waits", async () => {
  const { channel, remote, messages } = await connect();
  remote.stopReading();
  for (let i = 0; i < 24; i += 1) channel.send(new Uint8Array(1024 * 1024));
  remote.wire?.raw(repeated(ping, 350_000));
  remote.wire?.raw(lastPing);
  remote.send("after the flood");
  await vi.waitUntil(() => messages.length > 0);
  remote.resumeReading();
  expect(await pongsUntilLast(remote)).toBeLessThan(10_000);
});

test("a flood of empty messages leaves the event loop its turns", async () => {
  const { remote, messages, closed } = await connect();
  let most = 0;
  let before = 0;
  const turn = (): void => {
    most = Math.max(most, messages.length - before);
    before = messages.length;
    if (messages.length < 1_000_000) setImmediate(turn);
  };
  turn();
  remote.wire?.raw(repeated(emptyText, 1_000_000));
  remote.close(1000);
  expect(await closed).toMatchObject({ code: 1000, clean: true });
  expect(messages).toHaveLength(1_000_000);
  // Node reads 64 KiB at a time, which is 32,768 of them, and two such chunks are more than one turn's time.
  expect(most).toBeLessThanOrEqual(65_536);
});

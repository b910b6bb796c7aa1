import type { PeerConnection, PeerScript } from "@outsock/transport-contract";
import { testCa } from "@outsock/transport-contract/node-peer";
import { describe, expect, it } from "vitest";
import { type Connected, connect } from "../support/connect.ts";
import { type Write, watchWrites } from "../support/watch-writes.ts";

interface Watched extends Connected {
  readonly writes: readonly Write[];
}

async function connectWatched(script: PeerScript = {}): Promise<Watched> {
  const connected = await connect(script, { tls: { ca: testCa } });
  return { ...connected, writes: watchWrites(connected.url) };
}

/** The texts that arrive, as many as are expected. */
async function take(remote: PeerConnection, count: number): Promise<(string | undefined)[]> {
  const texts: (string | undefined)[] = [];
  while (texts.length < count) {
    const frame = await remote.nextFrame();
    texts.push(frame.type === "text" ? frame.text : frame.type);
  }
  return texts;
}

function numbered(count: number, rest = ""): string[] {
  return Array.from({ length: count }, (_, i) => `${i} ${rest}`);
}

const mostBytes = 64 * 1024;
const head = 8;

describe.each<[string, PeerScript]>([
  ["ws:", {}],
  ["wss:", { tls: "trusted" }],
])("messages of one tick over %s", (_, script) => {
  it("are one write, and in the first such tick two", async () => {
    const { channel, remote, writes } = await connectWatched(script);
    for (const expected of [2, 3, 4]) {
      const messages = numbered(64);
      for (const message of messages) channel.send(message);
      expect(await take(remote, 64)).toEqual(messages);
      expect(writes.length).toBe(expected);
    }
  });

  it("are one write even with long ones among them", async () => {
    const { channel, remote, writes } = await connectWatched(script);
    const messages = ["short", "x".repeat(10_000), "shorter", "y".repeat(20_000), "last"];
    for (const expected of [2, 3]) {
      for (const message of messages) channel.send(message);
      expect(await take(remote, messages.length)).toEqual(messages);
      expect(writes.length).toBe(expected);
    }
  });

  it("leave at once if each is sent after the answer to the previous one", async () => {
    const { channel, heard, remote, writes } = await connectWatched(script);
    for (let i = 1; i <= 5; i += 1) {
      channel.send(`${i}`);
      expect(writes.length).toBe(i);
      expect(await take(remote, 1)).toEqual([`${i}`]);
      remote.send(`answer ${i}`);
      await heard.count(i);
    }
  });
});

describe("what is held back", () => {
  it.each([
    ["20 messages of 10 KB", 20, 10_000],
    ["300 messages of 1 KB", 300, 1_000],
    ["20,000 messages of 1 byte", 20_000, 1],
    ["30,000 empty messages", 30_000, 0],
    ["60 messages of 4,000 characters of three bytes", 60, 4_000, "世"],
  ])("is never much more than 64 KiB: %s", async (_, count, length, letter = "x") => {
    const { channel, remote, writes } = await connectWatched();
    const message = letter.repeat(length);
    const most = mostBytes + Buffer.byteLength(message) + head;
    for (let i = 0; i < count; i += 1) channel.send(message);
    expect(channel.bufferedAmount).toBeLessThanOrEqual(most);
    expect(new Set(await take(remote, count))).toEqual(new Set([message]));
    expect(writes.length).toBeGreaterThan(2);
    expect(Math.max(...writes.map(({ byteLength }) => byteLength))).toBeLessThanOrEqual(most);
  });

  it("keeps the order of each channel where two send in turn", async () => {
    const pairs = [await connect(), await connect()];
    const messages = numbered(400, "x".repeat(300));
    for (let tick = 0; tick < 2; tick += 1) {
      for (const message of messages) for (const { channel } of pairs) channel.send(message);
      for (const { remote } of pairs) expect(await take(remote, messages.length)).toEqual(messages);
    }
  });

  it("leaves before the answer to a Close frame of the peer", async () => {
    const { channel, heard, remote } = await connectWatched();
    heard.atMessage(() => {
      for (const message of numbered(10)) channel.send(message);
    });
    remote.send("go");
    remote.close(1001);
    expect(await take(remote, 11)).toEqual([...numbered(10), "close"]);
    expect(await heard.closed).toMatchObject({ code: 1001, clean: true });
  });

  it("leaves before this side ends because the peer has", async () => {
    const { channel, heard, remote, writes } = await connectWatched({ lingers: true });
    channel.send("first");
    await take(remote, 1);
    // The last moment at which a channel takes a message: before any other listener of the end.
    writes[0]?.socket.prependOnceListener("end", () => {
      for (const message of numbered(10)) channel.send(message);
    });
    remote.wire?.end();
    expect(await take(remote, 10)).toEqual(numbered(10));
    expect(await heard.closed).toMatchObject({ code: 1006, clean: false });
  });
});

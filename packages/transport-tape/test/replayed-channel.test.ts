import type { IncomingMessage } from "@outsock/core";
import { describe, expect, it } from "vitest";
import { type Replayer, replayer } from "./support/replayer.ts";
import { channelLines, url } from "./support/tapes.ts";
import { settle, thrown, type User } from "./support/user.ts";

const out = (text: string) => ({ type: "out", text });
const incoming = (text: string) => ({ type: "in", text });
const closed = { type: "closed", code: 1000, reason: "bye", clean: true };
const gone = { code: 1006, clean: false, error: { code: "CONNECTION_CLOSED" } };

const played = (...entries: object[]): Replayer => replayer(channelLines(entries));

describe("a replayed channel", () => {
  it("raises no event within a call", async () => {
    const { open } = played(out("a"), incoming("b"), { type: "closing", code: 1000 }, closed);
    const { channel, events } = await open();
    channel.send("a");
    channel.ping();
    expect(events).toEqual([]);
    channel.pause();
    channel.resume();
    expect(events).toEqual([]);
    await settle();
    expect(events.toSorted()).toEqual(["message", "pong"]);
    channel.close(1000);
    expect(events).toHaveLength(2);
    channel.terminate();
    expect(events).toHaveLength(2);
    await settle();
    expect(events.slice(2)).toEqual(["close"]);
  });

  it.each<[string, object[], string[]]>([
    ["the tape", [incoming("a"), closed], ["message", "close"]],
    ["the tape, at once", [closed], ["close"]],
  ])("closes once, as its last event, when %s ends it", async (_, entries, expected) => {
    const { open, replay } = played(...entries);
    const { channel, events, closes } = await open();
    await settle();
    channel.ping();
    channel.pause();
    channel.resume();
    channel.close(1000);
    channel.terminate();
    await settle();
    expect(events).toEqual(expected);
    expect(closes).toEqual([{ code: 1000, reason: "bye", clean: true }]);
    replay.verify();
  });

  it("closes as its caller asks when the tape has no answer", async () => {
    for (const entries of [[], [{ type: "terminated" }, closed], [{ type: "terminated" }]]) {
      const { open, replay } = played(...entries);
      const { channel, closes, events } = await open();
      channel.close(4000, "enough");
      channel.close(4001);
      await settle();
      expect(closes).toEqual([{ code: 4000, reason: "enough", clean: true }]);
      expect(events).toEqual(["close"]);
      replay.verify();
    }
    const { channel, closes } = await played().open();
    channel.close();
    await settle();
    expect(closes).toEqual([{ code: 1005, reason: "", clean: true }]);
  });

  it("delivers what came before the peer's answer to a close, even if it was paused", async () => {
    const { open, replay } = played({ type: "closing" }, incoming("late"), closed);
    const { channel, events } = await open();
    channel.pause();
    channel.close();
    await settle();
    expect(events).toEqual(["message", "close"]);
    replay.verify();
  });

  it.each<[string, (user: User) => void]>([
    ["open", () => {}],
    ["paused", ({ channel }) => channel.pause()],
    ["closing", ({ channel }) => channel.close(1000)],
    ["given up already", ({ channel }) => channel.terminate()],
  ])("reports only its close when it is terminated while %s", async (_, before) => {
    const { open } = played(incoming("a"), incoming("b"), { type: "closing" }, incoming("c"), closed);
    const user = await open();
    before(user);
    const told = user.events.length;
    user.channel.terminate();
    user.channel.resume();
    user.channel.ping();
    user.channel.terminate();
    await settle();
    expect(user.events.slice(told)).toEqual(["close"]);
    expect(user.closes).toMatchObject([gone]);
  });

  it("terminates when it was closing and the tape has no answer", async () => {
    const { open } = played();
    const { channel, closes } = await open();
    channel.close(1000);
    channel.terminate();
    await settle();
    expect(closes).toMatchObject([gone]);
  });

  it("answers no ping and refuses messages once it is closing", async () => {
    const { open, replay } = replayer(channelLines([{ type: "closing" }, { ...closed, atMs: 1_000 }]), {
      speed: 1,
    });
    const { channel, events } = await open();
    channel.close();
    channel.ping();
    expect(thrown(() => channel.send("a"))).toMatchObject({ code: "CONNECTION_CLOSED" });
    await settle();
    expect(events).toEqual([]);
    channel.terminate();
    expect(thrown(() => channel.send("a"))).toMatchObject({ code: "CONNECTION_CLOSED" });
    await settle();
    channel.ping();
    expect(thrown(() => channel.send("a"))).toMatchObject({ code: "CONNECTION_CLOSED" });
    await settle();
    expect(events).toEqual(["close"]);
    expect(replay.partings).toEqual([]);
  });

  it("answers a ping sent before the close", async () => {
    const { open } = replayer(channelLines([{ type: "closing" }, { ...closed, atMs: 1_000 }]), { speed: 1 });
    const { channel, events } = await open();
    channel.ping();
    channel.close();
    await settle();
    expect(events).toEqual(["pong"]);
  });

  it("never buffers", async () => {
    const { open } = played(out("a"));
    const { channel, events } = await open();
    channel.send("a");
    expect(channel.bufferedAmount).toBe(0);
    await settle();
    expect(events).toEqual([]);
  });

  it("delivers nothing while it is paused, and loses nothing", async () => {
    const { open } = played(out("go"), ...["a", "b", "c", "d"].map(incoming), closed);
    const { channel, messages, events } = await open({}, ({ messages }) => {
      if (messages.length === 2) channel.pause();
    });
    channel.send("go");
    await settle();
    expect(messages).toEqual(["a", "b"]);
    for (let turn = 0; turn < 5; turn += 1) {
      channel.resume();
      channel.pause();
    }
    await settle();
    expect(messages).toEqual(["a", "b"]);
    channel.resume();
    channel.pause();
    channel.resume();
    await settle();
    expect(messages).toEqual(["a", "b", "c", "d"]);
    expect(events.at(-1)).toBe("close");
  });

  it("fails with MESSAGE_TOO_BIG when a message exceeds the caller's limit in bytes", async () => {
    for (const [text, isTooBig] of [
      ["üüü", false],
      ["üüüu", true],
    ] as const) {
      const { open } = played(incoming(text), incoming("b"), closed);
      const { events, closes } = await open({ maxMessageBytes: 6 });
      await settle();
      expect(events).toEqual(isTooBig ? ["close"] : ["message", "message", "close"]);
      if (isTooBig)
        expect(closes).toMatchObject([{ code: 1006, clean: false, error: { code: "MESSAGE_TOO_BIG" } }]);
    }
  });

  it("gives bytes as text if they are UTF-8, and throws otherwise", async () => {
    const replay = played(
      { type: "in", bytes: Buffer.from("\ufeffü").toString("base64") },
      { type: "in", bytes: "/w==" },
    ).replay;
    const messages: IncomingMessage[] = [];
    const signal = new AbortController().signal;
    const request = { url, headers: {}, protocols: [], maxMessageBytes: 100, signal };
    await replay.open(request, {
      message: (message) => void messages.push(message),
      pong() {},
      drain() {},
      close() {},
    });
    await settle();
    expect(messages).toMatchObject([
      { isText: false, byteLength: 5 },
      { isText: false, byteLength: 1 },
    ]);
    expect(messages[0]?.text()).toBe("\ufeffü");
    expect(thrown(() => messages[1]?.text())).toBeInstanceOf(TypeError);
  });

  it("does not open after an abort", async () => {
    const { open, replay } = played(incoming("a"));
    await expect(open({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "ABORTED" });
    expect(() => replay.verify()).toThrow(expect.objectContaining({ code: "TAPE_PARTED", line: 2 }));
  });

  it("ignores an abort once it is open", async () => {
    const { open } = played(incoming("a"));
    const given = new AbortController();
    const { events } = await open({ signal: given.signal });
    given.abort();
    await settle();
    expect(events).toEqual(["message"]);
  });
});

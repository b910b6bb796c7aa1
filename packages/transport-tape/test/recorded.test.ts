import {
  closeSync,
  existsSync,
  linkSync,
  lstatSync,
  openSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { manualClock } from "@outsock/core/testing";
import { createMemoryNetwork } from "@outsock/transport-memory";
import { describe, expect, it } from "vitest";
import { readTape, recorded } from "../src/index.ts";
import { recorder } from "./support/recorder.ts";
import { header, newTape, url } from "./support/tapes.ts";
import { rejection, thrown } from "./support/user.ts";

describe("a recording", () => {
  it("has a line for every event, in order and with its time", async () => {
    const { clock, open, peer, lines } = recorder({}, { protocol: "v2" });
    await clock.advance(10);
    const user = await open({ protocols: ["v1", "v2"], headers: { "X-Two": "2", Accept: "all" } });
    await clock.advance(1.5);
    user.channel.send("hello");
    await clock.advance(2);
    peer().send(new Uint8Array([0, 255]));
    await clock.advance(0.25);
    user.channel.close(4001, "enough");
    await clock.advance(1_000);
    const [first, ...entries] = await lines();
    expect(first).toEqual({ ...header, startedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) });
    expect(entries).toEqual([
      { type: "open", channel: 1, atMs: 0, url, headers: ["accept", "x-two"], protocols: ["v1", "v2"] },
      { type: "opened", channel: 1, atMs: 0, protocol: "v2" },
      { type: "out", channel: 1, atMs: 1.5, text: "hello" },
      { type: "in", channel: 1, atMs: 3.5, bytes: "AP8=" },
      { type: "closing", channel: 1, atMs: 3.75, code: 4001, reason: "enough" },
      { type: "closed", channel: 1, atMs: 3.75, code: 4001, reason: "enough", clean: true },
    ]);
  });

  it("writes times to the microsecond", async () => {
    const { clock, open, lines } = recorder();
    const user = await open();
    await clock.advance(1.234_567);
    user.channel.send("x");
    expect((await lines()).at(-1)).toMatchObject({ atMs: 1.235 });
  });

  it("has the code, the status and the retry delay of a failed open", async () => {
    const { open, entries, recording } = recorder({}, { reject: { status: 429, retryAfterMs: 1_500 } });
    expect(await rejection(open())).toMatchObject({ code: "HANDSHAKE_REJECTED", status: 429 });
    expect(await rejection(open({ url: "ws://nobody.example/" }))).toMatchObject({ code: "CONNECT_FAILED" });
    const gone = AbortSignal.abort();
    expect(await rejection(open({ signal: gone }))).toMatchObject({ code: "ABORTED" });
    expect(recording.recording.name).toBe("recording");
    expect((await entries()).filter(({ type }) => type === "failed")).toEqual([
      { type: "failed", code: "HANDSHAKE_REJECTED", status: 429, retryAfterMs: 1_500 },
      { type: "failed", code: "CONNECT_FAILED" },
      { type: "failed", code: "ABORTED" },
    ]);
  });

  it("passes on an error that is not a TransportError, and records CONNECT_FAILED", async () => {
    const tape = newTape();
    const { capabilities } = createMemoryNetwork().transport();
    const bug = new Error("a bug");
    const recording = recorded(
      {
        capabilities,
        open() {
          throw bug;
        },
      },
      tape,
    );
    const request = {
      url,
      headers: {},
      protocols: [],
      maxMessageBytes: 1,
      signal: new AbortController().signal,
    };
    const ignore = { message() {}, pong() {}, drain() {}, close() {} };
    expect(await rejection(recording.open(request, ignore))).toBe(bug);
    await recording.dispose();
    expect(readTape(tape).channels[0]?.outcome).toMatchObject({ type: "failed", code: "CONNECT_FAILED" });
  });

  it("has the peer's close, and nothing the caller does to a closed channel", async () => {
    const { clock, open, peer, entries } = recorder();
    const user = await open();
    peer().close(1013, "later");
    await clock.advance(0);
    user.channel.close(1000);
    user.channel.terminate();
    await clock.advance(0);
    expect((await entries()).slice(2)).toEqual([
      { type: "closed", code: 1013, reason: "later", clean: true },
    ]);
  });

  it("has a close without a code, once however often close is called", async () => {
    const { clock, open, entries } = recorder();
    const { channel } = await open();
    channel.close();
    channel.close(1001);
    channel.terminate();
    await clock.advance(0);
    expect((await entries()).slice(2)).toEqual([
      { type: "closing" },
      { type: "closed", code: 1006, reason: "", clean: false, error: "CONNECTION_CLOSED" },
    ]);
  });

  it("has a termination by the caller, and a lost connection", async () => {
    const { clock, open, peer, entries } = recorder();
    const first = await open();
    first.channel.terminate();
    await clock.advance(0);
    await open();
    peer().drop();
    await clock.advance(0);
    const gone = { type: "closed", code: 1006, reason: "", clean: false, error: "CONNECTION_CLOSED" };
    const ends = (await entries()).filter(({ type }) => type !== "open" && type !== "opened");
    expect(ends).toEqual([{ type: "terminated" }, gone, gone]);
  });

  it("has no message that the transport refused", async () => {
    const { open, entries } = recorder();
    const { channel } = await open();
    channel.close(1000);
    expect(thrown(() => channel.send("too late"))).toMatchObject({ code: "CONNECTION_CLOSED" });
    expect((await entries()).map(({ type }) => type)).not.toContain("out");
  });

  it("keeps bytes as they were when sent", async () => {
    const { open, entries } = recorder();
    const { channel } = await open();
    const bytes = new Uint8Array([9, 200, 201, 9]).subarray(1, 3);
    channel.send(bytes);
    bytes.fill(0);
    expect((await entries()).at(-1)).toEqual({ type: "out", bytes: "yMk=" });
  });

  it("numbers the opens, and keeps concurrent channels apart", async () => {
    const { clock, open, peer, lines } = recorder();
    const [one, two] = [await open(), await open()];
    two.channel.send("from two");
    one.channel.send("from one");
    peer(0).send("to one");
    await clock.advance(0);
    const messages = (await lines()).filter(({ text }) => text !== undefined);
    expect(messages).toMatchObject([
      { channel: 2, text: "from two" },
      { channel: 1, text: "from one" },
      { channel: 1, text: "to one" },
    ]);
  });

  it("keeps a greeting that comes with the handshake", async () => {
    const { clock, open, entries } = recorder({}, { onConnection: (peer) => peer.send("welcome") });
    const user = await open();
    await clock.advance(0);
    expect(user.messages).toEqual(["welcome"]);
    expect(await entries()).toContainEqual({ type: "in", text: "welcome" });
  });
});

describe("the file of a recording", () => {
  it("is not touched before the first open", async () => {
    const { recording, tape } = recorder();
    await recording.dispose();
    expect(existsSync(tape)).toBe(false);
    expect(recording.recording).toEqual({ name: "finished" });
  });

  it("replaces an existing one", async () => {
    const tape = newTape();
    writeFileSync(tape, "old\n".repeat(1_000));
    const { open, lines } = recorder({}, {}, tape);
    await open();
    expect(await lines()).toHaveLength(3);
  });

  it.each([
    ["new", false],
    ["replaced", true],
  ])("is readable by its owner only when it is %s", async (_, isThere) => {
    const tape = newTape();
    if (isThere) writeFileSync(tape, "", { mode: 0o644 });
    const { open, lines } = recorder({}, {}, tape);
    await open();
    await lines();
    expect(statSync(tape).mode & 0o777).toBe(0o600);
  });

  it("replaces one that is open elsewhere or has another name, and writes to neither", async () => {
    const [tape, other] = [newTape(), newTape()];
    writeFileSync(tape, "old");
    linkSync(tape, other);
    const held = openSync(tape, "r+");
    const { open, lines } = recorder({}, {}, tape);
    await open();
    expect(await lines()).toHaveLength(3);
    expect([readFileSync(held, "utf8"), readFileSync(other, "utf8")]).toEqual(["old", "old"]);
    closeSync(held);
  });

  it.each(["there", "missing"])(
    "replaces a link whose file is %s, and leaves that file alone",
    async (how) => {
      const [tape, target] = [newTape(), newTape()];
      if (how === "there") writeFileSync(target, "precious");
      symlinkSync(target, tape);
      const { open, lines } = recorder({}, {}, tape);
      await open();
      expect(await lines()).toHaveLength(3);
      expect(lstatSync(tape).isFile()).toBe(true);
      expect(existsSync(target) ? readFileSync(target, "utf8") : "missing").toBe(
        how === "there" ? "precious" : "missing",
      );
    },
  );

  it("belongs to one recorder when two have the same path", async () => {
    const tape = newTape();
    const [one, two] = [recorder({}, {}, tape), recorder({}, {}, tape)];
    const [first, second] = await Promise.all([one.open(), two.open()]);
    first.channel.send("from the first");
    second.channel.send("from the second");
    await one.recording.dispose();
    expect(await two.lines()).toMatchObject([{}, {}, {}, { text: "from the second" }]);
    expect(one.recording).toMatchObject({ lineCount: 4, recording: { name: "finished" } });
  });

  it("is complete after dispose, with its lines and bytes counted, and the traffic continues unrecorded", async () => {
    const { clock, open, peer, recording, tape } = recorder();
    const user = await open();
    for (let count = 0; count < 500; count += 1) user.channel.send(`message ${count} ü`);
    await Promise.all([recording.dispose(), recording.dispose(), recording[Symbol.asyncDispose]()]);
    const { size } = statSync(tape);
    expect(recording).toMatchObject({
      lineCount: 503,
      byteCount: size,
      recording: { name: "finished" },
    });
    user.channel.send("after");
    peer().send("answer");
    await clock.advance(0);
    expect(user.messages).toEqual(["answer"]);
    await open();
    await recording.dispose();
    expect(statSync(tape).size).toBe(size);
    expect(readTape(tape)).toMatchObject({ cut: undefined, channels: [{ number: 1 }] });
  });
});

describe("a recorded transport", () => {
  it("has its own name and the capabilities of the inner transport", () => {
    const below = createMemoryNetwork().transport();
    const { capabilities } = recorded(below, newTape());
    expect(capabilities).toEqual({ ...below.capabilities, name: "recorded(memory)" });
    expect(Object.isFrozen(capabilities)).toBe(true);
  });

  it.each([
    ["no file", "", {}],
    ["a file that is no text", 1, {}],
    ["no bytes", "tape", { maxBytes: 0 }],
    ["half a byte", "tape", { maxBytes: 1.5 }],
    ["a redact that is no function", "tape", { redact: "token" }],
    ["a clock that is none", "tape", { clock: {} }],
    ["an unknown option", "tape", { maxbytes: 1 }],
  ])("refuses %s", (_, tape, options) => {
    const transport = createMemoryNetwork().transport();
    expect(() => Reflect.apply(recorded, undefined, [transport, tape, options])).toThrow(TypeError);
  });

  it.each([undefined, null, {}, { open() {} }, "ws"])(
    "refuses to record %o, which is no transport",
    (other) => {
      const record = () => Reflect.apply(recorded, undefined, [other, newTape()]);
      expect(thrown(record)).toMatchObject({
        message: expect.stringMatching(/^recorded: the transport must be/),
      });
      expect(record).toThrow(TypeError);
    },
  );

  it("accepts a clock", () => {
    expect(() =>
      recorded(createMemoryNetwork().transport(), newTape(), { clock: manualClock() }),
    ).not.toThrow();
  });
});

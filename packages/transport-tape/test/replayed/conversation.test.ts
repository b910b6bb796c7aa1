import { describe, expect, it } from "vitest";
import { replayed } from "../../src/index.ts";
import { replayer } from "../support/replayer.ts";
import { channelLines, tapeOf, url } from "../support/tapes.ts";
import { settle } from "../support/user.ts";

const out = (text: string) => ({ type: "out", text });
const incoming = (text: string) => ({ type: "in", text });
const closing = { type: "closing", code: 1000, reason: "" };
const closed = { type: "closed", code: 1000, reason: "", clean: true };

describe("a manager on a tape", () => {
  it("gets the response that was recorded", async () => {
    const { manager, replay } = replayer(channelLines([out("ping"), incoming("pong"), closing, closed]));
    const { data } = await manager.request(url, "ping");
    expect(data?.response).toBe("pong");
    replay.verify();
  });

  it("gets the greeting, the pushes and the answers in order, each in its turn", async () => {
    const lines = [incoming("hi"), out("one"), incoming("1"), incoming("push"), out("two"), incoming("2")];
    const { manager, replay, clock } = replayer(channelLines(lines));
    const { data } = await manager.connect(url);
    if (data === undefined) throw new Error("not connected");
    const next = async () => (await manager.receive(data.connection, { timeoutMs: 0 })).data?.response;
    await clock.advance(0);
    expect([await next(), await next()]).toEqual(["hi", undefined]);
    await manager.send(data.connection, "one");
    await clock.advance(0);
    expect([await next(), await next(), await next()]).toEqual(["1", "push", undefined]);
    await manager.send(data.connection, "two");
    await clock.advance(0);
    expect([await next(), await next()]).toEqual(["2", undefined]);
    replay.verify();
  });

  it.each([
    ["a refusal, with its status and wait", { code: "HANDSHAKE_REJECTED", status: 503, retryAfterMs: 2_000 }],
    ["a network without an answer", { code: "CONNECT_FAILED" }],
    ["a certificate that is none", { code: "TLS_FAILED" }],
    ["a peer that speaks something else", { code: "PROTOCOL_ERROR" }],
  ])("meets %s, as recorded", async (_, failure) => {
    const [open] = channelLines([]);
    const { manager, replay } = replayer([open ?? {}, { type: "failed", channel: 1, atMs: 5, ...failure }]);
    const { error } = await manager.connect(url);
    expect(error).toMatchObject(failure);
    replay.verify();
  });

  it.each([
    ["was given up", [{ type: "failed", channel: 1, atMs: 5, code: "ABORTED" }]],
    ["was under way when the tape ended", []],
  ])("waits for its own timeout when the open %s", async (_, outcome) => {
    const [open] = channelLines([]);
    const { manager, clock, replay } = replayer([open ?? {}, ...outcome]);
    let code: string | undefined;
    manager.connect(url, { timeoutMs: 30_000 }).then(({ error }) => {
      code = error?.code;
    });
    await clock.advance(29_999);
    expect(code).toBeUndefined();
    await clock.advance(1);
    expect(code).toBe("CONNECT_TIMEOUT");
    replay.verify();
  });

  it.each([
    ["the peer's close", { code: 4001, reason: "go", clean: true }, "CONNECTION_CLOSED"],
    [
      "a lost connection",
      { code: 1006, reason: "", clean: false, error: "CONNECTION_CLOSED" },
      "CONNECTION_CLOSED",
    ],
    ["a broken frame", { code: 1006, reason: "", clean: false, error: "PROTOCOL_ERROR" }, "PROTOCOL_ERROR"],
    [
      "a message that was too big",
      { code: 1006, reason: "", clean: false, error: "MESSAGE_TOO_BIG" },
      "MESSAGE_TOO_BIG",
    ],
  ])("meets %s, as recorded", async (_, end, code) => {
    const { manager, replay } = replayer(channelLines([incoming("last"), { type: "closed", ...end }]));
    const { data } = await manager.connect(url);
    if (data === undefined) throw new Error("not connected");
    expect((await manager.receive(data.connection)).data?.response).toBe("last");
    const { error } = await manager.receive(data.connection);
    expect(error).toMatchObject({ code, closeCode: end.code });
    replay.verify();
  });

  it("receives the peer's own close, and the messages before it", async () => {
    const lines = [
      { type: "closing", code: 3000 },
      incoming("last"),
      { ...closed, code: 3001, reason: "ok" },
    ];
    const { manager, replay } = replayer(channelLines(lines));
    const { data } = await manager.connect(url);
    if (data === undefined) throw new Error("not connected");
    const result = await manager.close(data.connection, { code: 3000 });
    expect(result.data).toMatchObject({ code: 3001, reason: "ok", clean: true });
    expect((await manager.receive(data.connection)).data?.response).toBe("last");
    replay.verify();
  });

  it("applies its own message size limit", async () => {
    const { manager } = replayer(
      channelLines([incoming("ü".repeat(10)), incoming("more")]),
      {},
      { maxMessageBytes: 19 },
    );
    const { data } = await manager.connect(url);
    if (data === undefined) throw new Error("not connected");
    expect((await manager.receive(data.connection)).error?.code).toBe("MESSAGE_TOO_BIG");
  });

  it("that is slow to receive loses nothing", async () => {
    const texts = Array.from({ length: 50 }, (_, index) => `${index}`);
    const lines = channelLines([...texts.map(incoming), closed]);
    const { manager, clock, replay } = replayer(lines, {}, { inbox: { maxMessages: 4, overflow: "pause" } });
    const { data } = await manager.connect(url);
    if (data === undefined) throw new Error("not connected");
    await clock.advance(0);
    expect(data.connection.state).toBe("open");
    expect(() => replay.verify()).toThrow(expect.objectContaining({ code: "TAPE_PARTED" }));
    const heard: unknown[] = [];
    for await (const message of data.connection) {
      heard.push(message);
      await clock.advance(0);
    }
    expect(heard).toEqual(texts);
    replay.verify();
  });

  it("gets bytes unchanged", async () => {
    const { open } = replayer(channelLines([{ type: "in", bytes: "AP+A" }, incoming("\ufefftext")]));
    const user = await open();
    await settle();
    expect(user.messages).toEqual([Uint8Array.from([0, 255, 128]), "\ufefftext"]);
  });
});

describe("replayed", () => {
  it("declares its capabilities", () => {
    const { capabilities, tape } = replayer(channelLines([])).replay;
    expect(capabilities).toMatchObject({
      name: "replayed(memory)",
      network: false,
      ping: true,
      drain: false,
    });
    expect(Object.isFrozen(capabilities)).toBe(true);
    expect(tape.channels).toHaveLength(1);
  });

  it.each([
    ["a match that is none", { match: "roughly" }],
    ["a speed of nothing", { speed: 0 }],
    ["a speed that is no number", { speed: "fast" }],
    ["a clock that is none", { clock: {} }],
    ["a redact that is no function", { redact: /x/ }],
    ["an unknown option", { sped: 1 }],
  ])("refuses %s", (_, options) => {
    expect(() => Reflect.apply(replayed, undefined, [tapeOf([]), options])).toThrow(TypeError);
  });
});

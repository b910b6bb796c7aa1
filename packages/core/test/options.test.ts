import { describe, expect, it } from "vitest";
import { createWebSocketManager } from "../src/index.ts";
import { puppetTransport } from "./support/puppet.ts";
import { scene } from "./support/scene.ts";

describe("a mistake in the program", () => {
  it.each([
    { timeout: 5 },
    { timeoutMs: "5s" },
    { timeoutMs: 0.5 },
    { timeoutMs: -1 },
    { timeoutMs: Number.NaN },
    { timeoutMs: Number.POSITIVE_INFINITY },
    { headers: "a: b" },
    { headers: ["a"] },
    { headers: { a: 1 } },
    { headers: { "a b": "c" } },
    { headers: { a: "b\r\nx: y" } },
    { headers: { "Sec-WebSocket-Protocol": "x" } },
    { headers: { upgrade: "x" } },
    { protocols: ["a", "a"] },
    { protocols: "a b" },
    { protocols: [""] },
    { signal: {} },
    { codec: "yaml" },
    { codec: {} },
    { correlationId: "" },
    { correlationId: 7 },
    { match: true },
    { protocols: Object.assign([], { 1: "a", length: 2 }) },
    { headers: new Headers({ a: "b" }) },
    { headers: new Map([["a", "b"]]) },
    { signal: { aborted: false, addEventListener() {} } },
    Object.create({ timeoutMs: 100 }),
    new (class {
      get timeoutMs() {
        return "bad";
      }
    })(),
    [],
    null,
    "10",
  ])("throws a TypeError at once from request: %o", (options) => {
    const { manager } = scene();
    const given: unknown = options;
    // @ts-expect-error: callers without types
    expect(() => manager.request("ws://peer.test/", 1, given)).toThrow(TypeError);
    expect(manager.getStats().totalOperations).toBe(0);
  });

  it.each([
    { code: 999 },
    { code: 1001 },
    { code: 5000 },
    { code: "1000" },
    { reason: "x".repeat(124) },
    { reason: "ü".repeat(62) },
    { signal: new AbortController().signal },
  ])("throws a TypeError at once from close: %o", async (options) => {
    const { manager, connect } = scene();
    const { connection } = await connect();
    // @ts-expect-error: callers without types
    expect(() => manager.close(connection, options)).toThrow(TypeError);
    expect(connection.state).toBe("open");
  });

  it("does not show the value of a string, which may be a secret", () => {
    // @ts-expect-error: callers without types
    expect(() => scene().manager.connect("ws://peer.test/", { headers: "Bearer hunter2" })).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining("hunter2") }),
    );
  });

  it.each([
    undefined,
    { transport: undefined },
    { transport: {} },
    { limit: 5 },
    { onLimit: "wait" },
    { onLimit: { wait: "1s" } },
    { onLimit: { wait: 1, most: 2 } },
    { inbox: { maxMessages: 0 } },
    { inbox: { overflow: "explode" } },
    { inbox: { size: 1 } },
    { maxMessageBytes: 0 },
    { closeTimeoutMs: -1 },
    { rateLimiter: {} },
    { clock: {} },
    { statsSink: {} },
    { codec: "xml" },
  ])("throws a TypeError at once from createWebSocketManager: %o", (options) => {
    const given: unknown =
      options === undefined || "transport" in options
        ? options
        : { transport: puppetTransport(), ...options };
    // @ts-expect-error: callers without types
    expect(() => createWebSocketManager(given)).toThrow(TypeError);
  });

  it.each([
    [{ timeoutMs: "5s" }, "timeoutMs must be milliseconds: 0 or from 1 to 2147483647; its type is string"],
    [{ timeoutMs: {} }, "timeoutMs must be milliseconds: 0 or from 1 to 2147483647; its type is object"],
    [{ timeoutMs: -1 }, "timeoutMs must be milliseconds: 0 or from 1 to 2147483647, not -1"],
    [{ timeoutMs: null }, "timeoutMs must be milliseconds: 0 or from 1 to 2147483647; its type is null"],
    [{ maxQueued: [1] }, "maxQueued must be 0 or a positive integer; its type is array"],
    [{ maxQueued: Number.NaN }, "maxQueued must be 0 or a positive integer, not NaN"],
    [{ inbox: true }, "inbox must be an object; its type is boolean"],
    [
      { rateLimiter: () => true },
      "rateLimiter must be an object with acquire, usage, reset; its type is function",
    ],
    [
      { rateLimiter: { usage() {} } },
      "rateLimiter must be an object with acquire, usage, reset; it has no acquire, reset",
    ],
    [
      { codec: "xml" },
      'codec must be the string "json", "text" or "raw", or an object with encode and decode',
    ],
    [
      { codec: { encode() {} } },
      'codec must be the string "json", "text" or "raw", or an object with encode and decode',
    ],
    [{ onLimit: { wait: "1s" } }, 'onLimit must be the string "reject" or an object { wait: milliseconds }'],
    [{ onLimit: 5 }, 'onLimit must be the string "reject" or an object { wait: milliseconds }, not 5'],
  ])("says what is expected, and what differs: %o", (options, problem) => {
    const given: unknown = { transport: puppetTransport(), ...options };
    // @ts-expect-error: callers without types
    expect(() => createWebSocketManager(given)).toThrow(new TypeError(`createWebSocketManager: ${problem}`));
  });

  it.each([
    [
      { protocols: ["a", "a"] },
      "protocols must be a string that names a subprotocol, or an array of them, none twice",
    ],
    [
      { protocols: "a b" },
      "protocols must be a string that names a subprotocol, or an array of them, none twice",
    ],
    [
      { protocols: {} },
      "protocols must be a string that names a subprotocol, or an array of them, none twice; its type is object",
    ],
    [{ correlationId: "" }, "correlationId must be a non-empty string"],
    [{ correlationId: Symbol("id") }, "correlationId must be a non-empty string; its type is symbol"],
    [
      { signal: { aborted: false, addEventListener() {} } },
      "signal must be an AbortSignal; its type is object",
    ],
    [[], "the options must be a plain object; its type is array"],
    [new Map(), "the options must be a plain object"],
  ])("says what is expected, and what differs, of an operation: %o", (options, problem) => {
    const given: unknown = options;
    // @ts-expect-error: callers without types
    expect(() => scene().manager.connect("ws://peer.test/", given)).toThrow(
      new TypeError(`connect: ${problem}`),
    );
  });

  it("throws a TypeError at once from every operation", () => {
    const { manager } = scene();
    const wrong = Object({ bogus: 1 });
    const handle = Object(undefined);
    const calls = [
      () => manager.connect("", wrong),
      () => manager.send(handle, 1, wrong),
      () => manager.receive(handle, wrong),
      () => manager.close(handle, wrong),
      () => manager.request("", 1, wrong),
      () => manager.reset(wrong),
    ];
    for (const call of calls) expect(call).toThrow(TypeError);
  });

  it("takes undefined for an absent option", async () => {
    const { manager } = scene({ codec: undefined, inbox: undefined });
    expect(
      (await manager.connect("ws://peer.test/", { signal: undefined, headers: undefined })).success,
    ).toBe(true);
  });
});

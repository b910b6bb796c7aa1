import { describe, expect, it } from "vitest";
import { type HandshakeWatch, watchHandshake, withoutExtensions } from "../../src/undici/watch-handshake.ts";

type Method = (...values: unknown[]) => unknown;

/** A handler that notes its calls, and the same handler as undici sees it. */
function watched(methods: readonly string[], overrides: Partial<HandshakeWatch> = {}) {
  const calls: unknown[][] = [];
  const refusals: unknown[][] = [];
  const handler = Object.fromEntries(
    methods.map((name): [string, Method] => [name, (...values) => void calls.push([name, ...values])]),
  );
  const seen: Record<string, Method> = watchHandshake(handler, {
    refused: (...values) => void refusals.push(values),
    upgraded: (socket, headers) => ({ socket, headers }),
    ...overrides,
  });
  return { calls, refusals, seen };
}

describe.each([
  ["first", "onConnect", "onHeaders", "onUpgrade", []],
  ["second", "onRequestStart", "onResponseStart", "onRequestUpgrade", ["controller"]],
] as const)("a handler of undici's %s interface", (_, started, answered, upgraded, before) => {
  it("receives interim responses, and no final one but a switch of protocols", () => {
    const { calls, refusals, seen } = watched([answered]);
    for (const status of [100, 103, 101, 200, 401]) seen[answered]?.(...before, status, `headers ${status}`);
    expect(calls.map((values) => values.at(-1))).toEqual(["headers 100", "headers 103"]);
    expect(refusals).toEqual([
      [101, "headers 101"],
      [200, "headers 200"],
      [401, "headers 401"],
    ]);
  });

  it("gets the socket that the watch returns", () => {
    const { calls, seen } = watched([upgraded]);
    seen[upgraded]?.(...before, 101, "headers", "socket");
    expect(calls).toEqual([[upgraded, ...before, 101, "headers", { socket: "socket", headers: "headers" }]]);
  });

  it("gives the watch a way to abort", () => {
    const aborts: (() => void)[] = [];
    const errors: unknown[] = [];
    const { seen } = watched([started], { started: (abort) => void aborts.push(abort) });
    const abort = (error: unknown): void => void errors.push(error);
    seen[started]?.(before.length === 0 ? abort : { abort });
    for (const run of aborts) run();
    expect(errors).toEqual([expect.any(Error)]);
  });
});

describe("withoutExtensions", () => {
  it("takes the offer of extensions out of the headers, and nothing else", () => {
    const options = { path: "/", headers: { "Sec-WebSocket-Extensions": "permessage-deflate", a: "b" } };
    expect(withoutExtensions(options)).toEqual({ path: "/", headers: { a: "b" } });
    for (const same of [{ path: "/" }, { headers: null }, { headers: ["a", "b"] }]) {
      expect(withoutExtensions(same)).toBe(same);
    }
  });
});

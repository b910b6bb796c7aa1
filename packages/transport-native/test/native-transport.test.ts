import { afterEach, expect, test, vi } from "vitest";
import { nativeTransport } from "../src/node/index.ts";

afterEach(() => vi.unstubAllGlobals());

test("in Node headers are sent and terminate destroys the socket", () => {
  expect(nativeTransport().capabilities).toMatchObject({ headers: true, terminate: true });
});

test("in Deno and Bun headers are sent and terminate gives up, though both have Node's process", () => {
  for (const runtime of ["Deno", "Bun"]) {
    vi.stubGlobal(runtime, {});
    expect(nativeTransport().capabilities).toMatchObject({ headers: true, terminate: false });
    vi.unstubAllGlobals();
  }
});

test("where there is no process neither is promised", () => {
  vi.stubGlobal("process", undefined);
  expect(nativeTransport().capabilities).toMatchObject({ headers: false, terminate: false });
});

test("a runtime without a WebSocket is told at once", () => {
  vi.stubGlobal("WebSocket", undefined);
  expect(() => nativeTransport()).toThrow(TypeError);
});

test("the global constructor, given by hand, is still this runtime's", () => {
  expect(nativeTransport({ WebSocket: globalThis.WebSocket }).capabilities).toEqual(
    nativeTransport().capabilities,
  );
});

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterEach, describe, expect, test, vi } from "vitest";
import { nativeTransport } from "../src/index.ts";
import { nativeTransport as nativeTransportInNode } from "../src/node/index.ts";

afterEach(() => vi.unstubAllGlobals());

test("in Node headers are sent and terminate destroys the socket", () => {
  expect(nativeTransportInNode().capabilities).toMatchObject({ headers: true, terminate: true });
});

test("the standard entry promises no access to sockets, also where it is run in Node", () => {
  expect(nativeTransport().capabilities).toMatchObject({
    headers: true,
    terminate: false,
    unref: false,
    messagesWhileClosing: false,
  });
});

test("Node resolves its own entry, which loads Node's network no sooner than the first open", async () => {
  const source = `
    const network = () => process.moduleLoadList.filter((name) => /^NativeModule (?:net|tls)$/.test(name)).length;
    const before = network();
    const { nativeTransport } = await import("@outsock/transport-native");
    const added = network() - before;
    console.log(JSON.stringify([added, nativeTransport().capabilities.terminate]));
  `;
  const args = ["--conditions=@outsock/source", "--input-type=module", "--eval", source];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: import.meta.dirname });
  expect(JSON.parse(stdout)).toEqual([0, true]);
});

describe.each([
  ["the standard entry", nativeTransport],
  ["the entry for Node", nativeTransportInNode],
])("%s", (_, create) => {
  test("in Deno and Bun sends headers, and terminate abandons, though both have Node's process", () => {
    for (const runtime of ["Deno", "Bun"]) {
      vi.stubGlobal(runtime, {});
      expect(create().capabilities).toMatchObject({ headers: true, terminate: false });
      vi.unstubAllGlobals();
    }
  });

  test("where there is no process promises neither", () => {
    vi.stubGlobal("process", undefined);
    expect(create().capabilities).toMatchObject({ headers: false, terminate: false });
  });

  test("refuses a runtime without a WebSocket at once", () => {
    vi.stubGlobal("WebSocket", undefined);
    expect(() => create()).toThrow(TypeError);
  });

  test("treats the global constructor, given by hand, as this runtime's", () => {
    expect(create({ WebSocket: globalThis.WebSocket }).capabilities).toEqual(create().capabilities);
  });
});

import { describe, expect, it } from "vitest";
import { unwrap } from "../src/index.ts";
import { scene } from "./support/scene.ts";

describe("execute", () => {
  it("runs every operation by its name, with a connection as a handle or by its id", async () => {
    const { manager, transport } = scene();
    const { connection } = unwrap(
      await manager.execute("connect", { url: "ws://peer.test/", correlationId: "a" }),
    );
    expect((await manager.execute("send", { connection, message: 1 })).success).toBe(true);
    expect((await manager.execute("send", { connection: connection.id, message: 2 })).success).toBe(true);
    expect(transport.channel.sent).toEqual(["1", "2"]);
    transport.channel.deliver("r");
    expect(
      unwrap(await manager.execute("receive", { connection: connection.id, timeoutMs: 5 })).response,
    ).toBe("r");
    expect(unwrap(await manager.execute("close", { connection })).clean).toBe(true);
    expect(unwrap(await manager.execute("getStats", {})).messagesSentCount).toBe(2);
    expect((await manager.execute("reset", {})).success).toBe(true);
    transport.onOpen = (channel) => channel.deliver("now");
    expect(unwrap(await manager.execute("request", { url: "ws://peer.test/", message: 1 })).response).toBe(
      "now",
    );
  });

  it("answers results that JSON can carry", async () => {
    const { manager } = scene();
    const connected = await manager.execute("connect", { url: "wss://peer.test/x?key=secret" });
    const id = unwrap(connected).correlationId;
    expect(JSON.parse(JSON.stringify(connected))).toEqual({
      success: true,
      data: {
        connection: { id: expect.any(String), url: "wss://peer.test/x?***", protocol: "", state: "open" },
        url: "wss://peer.test/x?***",
        correlationId: id,
      },
    });
    const failed = await manager.execute("send", { connection: "gone", message: 1, correlationId: "m" });
    expect(JSON.parse(JSON.stringify(failed))).toEqual({
      success: false,
      error: {
        code: "NO_CONNECTION",
        message: "That is not a connection of this manager",
        phase: "send",
        sent: "no",
        retryable: false,
        correlationId: "m",
      },
    });
  });

  it.each([
    ["listen", {}],
    ["toString", {}],
    ["request", null],
    ["request", "ws://peer.test/"],
    ["request", { url: "ws://peer.test/", message: 1, timeout: 5 }],
    ["request", { url: "ws://peer.test/", message: 1, connection: "x" }],
    ["send", { connection: "x", message: 1, url: "ws://peer.test/" }],
    ["receive", { connection: "x", message: 1 }],
    ["getStats", { verbose: true }],
  ])("throws a TypeError at once for %s with %o", (operation, parameters) => {
    const { manager, transport } = scene();
    expect(() => manager.execute(operation, parameters)).toThrow(TypeError);
    expect(transport.requests).toHaveLength(0);
    expect(manager.getStats().totalOperations).toBe(0);
  });

  it("names every parameter it knows when it is given one that it does not", () => {
    const request: string = "request";
    expect(() => scene().manager.execute(request, { url: "ws://peer.test/", msg: 1 })).toThrow(
      /unknown option "msg"; known are url, message, timeoutMs/,
    );
  });

  it("lets the operation judge what is missing", async () => {
    const { manager } = scene();
    const request: string = "request";
    expect((await manager.execute(request, { message: 1 })).error?.code).toBe("INVALID_URL");
    expect((await manager.execute(request, { url: "ws://peer.test/" })).error?.code).toBe("INVALID_MESSAGE");
    const close: string = "close";
    expect((await manager.execute(close)).error?.code).toBe("NO_CONNECTION");
  });

  it("has types that know each operation's parameters and data", async () => {
    const { manager } = scene();
    const calls = (): unknown[] => [
      // @ts-expect-error: a misspelt operation
      manager.execute("requst", {}),
      // @ts-expect-error: a missing parameter
      manager.execute("request", { message: 1 }),
      // @ts-expect-error: a parameter of the wrong type
      manager.execute("connect", { url: 5 }),
    ];
    expect(calls).toBeTypeOf("function");
    expect((await manager.execute("getStats")).data?.totalOperations).toBe(0);
    expect((await manager.execute("reset")).data?.correlationId).toBeTypeOf("string");
  });
});

import { describe, expect, it } from "vitest";
import { openSession } from "../src/index.ts";
import { stage, url } from "./support/stage.ts";
import { testProtocol as protocol, testProtocol } from "./support/test-protocol.ts";

const never = (): Promise<never> => new Promise(() => undefined);

describe("opening a session", () => {
  it("Opening ends at once if the url function itself aborts it", async () => {
    const { manager, clock } = stage();
    const controller = new AbortController();
    const { signal } = controller;
    const hanging = (): Promise<never> => {
      controller.abort();
      return never();
    };
    const opening = openSession(manager, { url: hanging, protocol: testProtocol, signal });
    await clock.advance(0);
    expect(clock.referencedTimers).toBe(0);
    expect((await opening).error?.code).toBe("ABORTED");
  });

  it("Opening with a disposed manager fails, whatever retry returns", async () => {
    const { manager, clock } = stage();
    await manager.dispose();
    const reconnect = { initial: true, retry: () => true };
    const opening = openSession(manager, { url, protocol: testProtocol, reconnect });
    await clock.advance(0);
    expect(clock.referencedTimers).toBe(0);
    expect((await opening).error?.code).toBe("DISPOSED");
  });

  it("connectTimeoutMs covers the url function and the connection together", async () => {
    const { manager, network, clock } = stage();
    network.listen("ws://slow.example", { stall: true });
    const slow = (): Promise<string> =>
      new Promise((resolve) => clock.schedule(300, () => resolve("ws://slow.example")));
    const opening = openSession(manager, { url: slow, protocol: testProtocol, connectTimeoutMs: 500 });
    await clock.advance(500);
    expect((await opening).error).toMatchObject({ code: "CONNECT_TIMEOUT", sent: "no" });
    expect(clock.now()).toBe(500);
  });

  it("The signal has no effect once opening has ended", async () => {
    const { manager, clock, open } = stage();
    const controller = new AbortController();
    const session = await open({ signal: controller.signal });
    const failing = openSession(manager, {
      url: "ws://nobody.example",
      protocol: testProtocol,
      signal: controller.signal,
    });
    expect((await failing).error?.code).toBe("CONNECT_FAILED");
    controller.abort();
    await clock.advance(0);
    expect(session.state).toBe("ready");
  });

  it("Opening fails at once with the first attempt's error", async () => {
    const { manager, network } = stage();
    network.listen("ws://no.example", { reject: { status: 403 } });
    const { error } = await openSession(manager, { url: "ws://no.example", protocol });
    expect(error).toMatchObject({ code: "HANDSHAKE_REJECTED", status: 403, phase: "connect" });
  });

  it("With reconnect.initial opening is retried until the signal ends it", async () => {
    const { manager, clock } = stage();
    const controller = new AbortController();
    const opened = openSession(manager, {
      url: "ws://nobody.example",
      protocol,
      reconnect: { initial: true },
      signal: controller.signal,
    });
    await clock.advance(60_000);
    controller.abort("enough");
    expect((await opened).error).toMatchObject({ code: "ABORTED", cause: "enough" });
    expect(clock.referencedTimers).toBe(0);
  });

  it("With an aborted signal nothing is dialled", async () => {
    const { manager, server } = stage();
    const { error } = await openSession(manager, { url, protocol, signal: AbortSignal.abort() });
    expect(error?.code).toBe("ABORTED");
    expect(server.connectionCount).toBe(0);
  });

  it("A signal that is aborted later does not end the session", async () => {
    const { open } = stage();
    const controller = new AbortController();
    const session = await open({ signal: controller.signal });
    controller.abort();
    expect((await session.call("echo", 1)).success).toBe(true);
  });

  it("The result carries the caller's correlation id", async () => {
    const { manager } = stage();
    const opened = await openSession(manager, { url, protocol, correlationId: "mine" });
    expect(opened.data?.correlationId).toBe("mine");
    const failed = await openSession(manager, {
      url: "ws://nobody.example",
      protocol,
      correlationId: "mine",
    });
    expect(failed.error?.correlationId).toBe("mine");
  });

  it("An invalid option is a TypeError at once", () => {
    const { manager } = stage();
    const misspelt: object = { url, protocol, maxAge: 5 };
    const bad = (options: object) => () => openSession(manager, Object.assign({ url, protocol }, options));
    expect(bad(misspelt)).toThrow('unknown option "maxAge"');
    expect(bad({ url: 5 })).toThrow("url");
    expect(bad({ protocol: {} })).toThrow("protocol");
    expect(bad({ headers: { "bad name": "" } })).toThrow("headers");
    expect(bad({ reconnect: { jitter: 1 } })).toThrow('unknown option "jitter"');
    expect(bad({ heartbeat: { intervalMs: 0.5 } })).toThrow("intervalMs");
    expect(bad({ reconnect: true })).toThrow("reconnect");
    expect(bad({ maxAgeMs: 0 })).toThrow("maxAgeMs must be at least 100");
    expect(bad({ reserve: 300 })).toThrow("reserve must be less than the rate limit");
    expect(bad({ maxInFlight: 0 })).toThrow("maxInFlight");
    expect(bad({ protocol: undefined })).toThrow("protocol is missing");
    expect(bad({ url: undefined })).toThrow("url is missing");
    expect(() => openSession(Object.create(null), { url, protocol })).toThrow("manager");
  });
});

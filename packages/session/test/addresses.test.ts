import { describe, expect, it } from "vitest";
import { type Attempt, openSession } from "../src/index.ts";
import { stage, url } from "./support/stage.ts";
import { testProtocol as protocol } from "./support/test-protocol.ts";

describe("url and headers", () => {
  it("are asked anew for each attempt", async () => {
    const { open, server, clock } = stage();
    const attempts: number[] = [];
    await open({
      url: async ({ attempt }: Attempt) => {
        attempts.push(attempt);
        return `${url}/?ticket=${attempts.length}`;
      },
      headers: () => ({ authorization: `token ${attempts.length}` }),
    });
    server.last.peer.drop();
    await clock.advance(1_000);
    expect(server.connections.map(({ peer }) => [peer.url, peer.headers.authorization])).toEqual([
      [`${url}/?ticket=1`, "token 1"],
      [`${url}/?ticket=2`, "token 2"],
    ]);
    expect(attempts).toEqual([1, 2]);
  });

  it("that throw fail the attempt, with the cause, and are asked again", async () => {
    const { manager, clock } = stage();
    const cause = new Error("no ticket");
    let asked = 0;
    const opened = openSession(manager, {
      url: () => {
        asked += 1;
        if (asked < 3) throw cause;
        return url;
      },
      protocol,
      reconnect: { initial: true },
      random: () => 1,
    });
    await clock.advance(10_000);
    expect((await opened).success).toBe(true);
    const once = await openSession(manager, { url: () => Promise.reject(cause), protocol });
    expect(once.error).toMatchObject({ code: "CONNECT_FAILED", phase: "connect", cause, retryable: true });
  });

  it("that never answer are given up after the time for connecting", async () => {
    const { manager, clock } = stage();
    const signals: AbortSignal[] = [];
    const opened = openSession(manager, {
      url: ({ signal }) => {
        signals.push(signal);
        return new Promise(() => undefined);
      },
      protocol,
      connectTimeoutMs: 400,
    });
    await clock.advance(400);
    expect((await opened).error).toMatchObject({ code: "CONNECT_TIMEOUT", phase: "connect" });
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    expect(clock.referencedTimers).toBe(0);
  });

  it("that answer nonsense end the session, and nothing is opened", async () => {
    const { manager, server } = stage();
    const bad = await openSession(manager, { url: () => "http//nonsense", protocol });
    expect(bad.error).toMatchObject({ code: "INVALID_URL", retryable: false });
    const headers = await openSession(manager, { url, headers: () => ({ "bad name": "x" }), protocol });
    expect(headers.error).toMatchObject({ code: "CONNECT_FAILED", retryable: false });
    expect(server.connectionCount).toBe(0);
  });
});

describe("opening", () => {
  it("fails with the first attempt's error, at once", async () => {
    const { manager, network } = stage();
    network.listen("ws://no.example", { reject: { status: 403 } });
    const { error } = await openSession(manager, { url: "ws://no.example", protocol });
    expect(error).toMatchObject({ code: "HANDSHAKE_REJECTED", status: 403, phase: "connect" });
  });

  it("goes on trying where that is wished, until the signal ends it", async () => {
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

  it("with a signal that is aborted dials nobody", async () => {
    const { manager, server } = stage();
    const { error } = await openSession(manager, { url, protocol, signal: AbortSignal.abort() });
    expect(error?.code).toBe("ABORTED");
    expect(server.connectionCount).toBe(0);
  });

  it("is not ended by a signal that is aborted later", async () => {
    const { open } = stage();
    const controller = new AbortController();
    const session = await open({ signal: controller.signal });
    controller.abort();
    expect((await session.call("echo", 1)).success).toBe(true);
  });

  it("gives the caller's correlation id back", async () => {
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

  it("throws for a mistake in the options, at once", () => {
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
    expect(bad({ reserve: 300 })).toThrow("reserve leaves no call a permit");
    expect(bad({ maxInFlight: 0 })).toThrow("maxInFlight");
    expect(bad({ protocol: undefined })).toThrow("protocol is missing");
    expect(bad({ url: undefined })).toThrow("url is missing");
    expect(() => openSession(Object.create(null), { url, protocol })).toThrow("manager");
  });
});

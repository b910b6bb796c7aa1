import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { faultyFixture, heard, request, url } from "./support/faulty-fixture.ts";

describe("refuse", () => {
  it("fails the open with CONNECT_FAILED and dials nothing", async () => {
    const { manager, peers, transport } = faultyFixture([{ fault: "refuse", channel: 1 }]);
    expect((await manager.connect(url)).error).toMatchObject({ code: "CONNECT_FAILED", phase: "connect" });
    expect(peers.length).toBe(0);
    expect((await manager.connect(url)).success).toBe(true);
    expect(transport.faults).toEqual([{ fault: "refuse", rule: 0, channel: 1, on: "open", atMs: 0 }]);
  });

  it("with a status fails with HANDSHAKE_REJECTED and retryAfterMs", async () => {
    const { manager } = faultyFixture([{ fault: "refuse", status: 503, retryAfterMs: 1_500 }]);
    expect((await manager.request(url, 1)).error).toMatchObject({
      code: "HANDSHAKE_REJECTED",
      status: 503,
      retryAfterMs: 1_500,
      sent: "no",
    });
  });

  it("accepts any code that a transport can fail with", async () => {
    const { manager } = faultyFixture([{ fault: "refuse", code: "TLS_FAILED" }]);
    expect((await manager.connect(url)).error?.code).toBe("TLS_FAILED");
  });
});

describe("stall", () => {
  it("leaves the open pending until the manager times out, and dials nothing", async () => {
    const { manager, clock, peers } = faultyFixture([{ fault: "stall" }]);
    const connecting = manager.connect(url, { timeoutMs: 3_000 });
    await clock.advance(3_000);
    expect((await connecting).error?.code).toBe("CONNECT_TIMEOUT");
    expect(peers.length).toBe(0);
    expect(clock.referencedTimers).toBe(0);
  });

  it("rejects with ABORTED when the signal is aborted, before or during", async () => {
    const { transport } = faultyFixture([{ fault: "stall" }]);
    const controller = new AbortController();
    const { signal } = controller;
    const stalled = transport.open(request({ signal }), heard());
    controller.abort();
    await expect(stalled).rejects.toMatchObject({ code: "ABORTED" });
    await expect(transport.open(request({ signal }), heard())).rejects.toMatchObject({ code: "ABORTED" });
  });
});

describe("slow-open", () => {
  it("delays the open", async () => {
    const { manager, clock, transport } = faultyFixture([{ fault: "slow-open", ms: 400 }]);
    const connecting = manager.connect(url);
    await clock.advance(399);
    expect(manager.getStats().connectionsCount).toBe(0);
    await clock.advance(1);
    expect((await connecting).success).toBe(true);
    expect(transport.faults).toMatchObject([{ fault: "slow-open", atMs: 0, delayMs: 400 }]);
  });

  it("leaves no listener on the signal", async () => {
    const { transport, clock } = faultyFixture([{ fault: "slow-open", ms: 400 }]);
    const { signal } = new AbortController();
    const opening = transport.open(request({ signal }), heard());
    expect(getEventListeners(signal, "abort")).toHaveLength(1);
    await clock.advance(400);
    await opening;
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });

  it("leaves no timer when it is aborted", async () => {
    const { transport, clock, peers } = faultyFixture([{ fault: "slow-open", ms: 400 }]);
    const controller = new AbortController();
    const opening = transport.open(request({ signal: controller.signal }), heard());
    expect(clock.timers).toBe(1);
    controller.abort();
    await expect(opening).rejects.toMatchObject({ code: "ABORTED" });
    expect(clock.timers).toBe(0);
    expect(peers.length).toBe(0);
  });

  it("precedes a refusal that follows it in the script", async () => {
    const { manager, clock } = faultyFixture([{ fault: "slow-open", ms: [100, 200] }, { fault: "refuse" }]);
    const connecting = manager.connect(url);
    await clock.advance(99);
    expect(manager.getStats().errorsCount).toBe(0);
    await clock.advance(101);
    expect((await connecting).error?.code).toBe("CONNECT_FAILED");
  });
});

describe("slow-close", () => {
  it("delays the close event", async () => {
    const { manager, connect, clock } = faultyFixture([{ fault: "slow-close", ms: 500 }]);
    const closing = manager.close(await connect(), { code: 4001 });
    await clock.advance(499);
    expect(manager.getStats().openConnections).toBe(1);
    await clock.advance(1);
    expect((await closing).data).toMatchObject({ code: 4001, clean: true });
  });

  it("is limited by the manager's close timeout", async () => {
    const { manager, connect, clock } = faultyFixture([{ fault: "slow-close", ms: 5_000 }]);
    const closing = manager.close(await connect());
    await clock.advance(2_000);
    expect((await closing).data).toMatchObject({ code: 1006, clean: false });
    expect(clock.referencedTimers).toBe(0);
  });
});

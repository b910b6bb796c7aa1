import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { heard, request, stage, url } from "./support/stage.ts";

describe("refuse", () => {
  it("fails the open with CONNECT_FAILED and dials nobody", async () => {
    const { manager, peers, transport } = stage([{ fault: "refuse", channel: 1 }]);
    expect((await manager.connect(url)).error).toMatchObject({ code: "CONNECT_FAILED", phase: "connect" });
    expect(peers.length).toBe(0);
    expect((await manager.connect(url)).success).toBe(true);
    expect(transport.faults).toEqual([{ fault: "refuse", rule: 0, channel: 1, on: "open", atMs: 0 }]);
  });

  it("with a status is HANDSHAKE_REJECTED, and tells the wait", async () => {
    const { manager } = stage([{ fault: "refuse", status: 503, retryAfterMs: 1_500 }]);
    expect((await manager.request(url, 1)).error).toMatchObject({
      code: "HANDSHAKE_REJECTED",
      status: 503,
      retryAfterMs: 1_500,
      sent: "no",
    });
  });

  it("takes any code that a transport can fail with", async () => {
    const { manager } = stage([{ fault: "refuse", code: "TLS_FAILED" }]);
    expect((await manager.connect(url)).error?.code).toBe("TLS_FAILED");
  });
});

describe("stall", () => {
  it("answers no open until the manager gives it up, and dials nobody", async () => {
    const { manager, clock, peers } = stage([{ fault: "stall" }]);
    const connecting = manager.connect(url, { timeoutMs: 3_000 });
    await clock.advance(3_000);
    expect((await connecting).error?.code).toBe("CONNECT_TIMEOUT");
    expect(peers.length).toBe(0);
    expect(clock.referencedTimers).toBe(0);
  });

  it("rejects with ABORTED when the signal is aborted, before or during", async () => {
    const { transport } = stage([{ fault: "stall" }]);
    const controller = new AbortController();
    const { signal } = controller;
    const stalled = transport.open(request({ signal }), heard());
    controller.abort();
    await expect(stalled).rejects.toMatchObject({ code: "ABORTED" });
    await expect(transport.open(request({ signal }), heard())).rejects.toMatchObject({ code: "ABORTED" });
  });
});

describe("slow-open", () => {
  it("makes the open take its time", async () => {
    const { manager, clock, transport } = stage([{ fault: "slow-open", ms: 400 }]);
    const connecting = manager.connect(url);
    await clock.advance(399);
    expect(manager.getStats().connectionsCount).toBe(0);
    await clock.advance(1);
    expect((await connecting).success).toBe(true);
    expect(transport.faults).toMatchObject([{ fault: "slow-open", atMs: 0, delayMs: 400 }]);
  });

  it("leaves no listener at the signal", async () => {
    const { transport, clock } = stage([{ fault: "slow-open", ms: 400 }]);
    const { signal } = new AbortController();
    const opening = transport.open(request({ signal }), heard());
    expect(getEventListeners(signal, "abort")).toHaveLength(1);
    await clock.advance(400);
    await opening;
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });

  it("leaves no timer when it is aborted", async () => {
    const { transport, clock, peers } = stage([{ fault: "slow-open", ms: 400 }]);
    const controller = new AbortController();
    const opening = transport.open(request({ signal: controller.signal }), heard());
    expect(clock.timers).toBe(1);
    controller.abort();
    await expect(opening).rejects.toMatchObject({ code: "ABORTED" });
    expect(clock.timers).toBe(0);
    expect(peers.length).toBe(0);
  });

  it("comes before a refusal that follows it in the script", async () => {
    const { manager, clock } = stage([{ fault: "slow-open", ms: [100, 200] }, { fault: "refuse" }]);
    const connecting = manager.connect(url);
    await clock.advance(99);
    expect(manager.getStats().errorsCount).toBe(0);
    await clock.advance(101);
    expect((await connecting).error?.code).toBe("CONNECT_FAILED");
  });
});

describe("slow-close", () => {
  it("lets the answer to a close come late", async () => {
    const { manager, connect, clock } = stage([{ fault: "slow-close", ms: 500 }]);
    const closing = manager.close(await connect(), { code: 4001 });
    await clock.advance(499);
    expect(manager.getStats().openConnections).toBe(1);
    await clock.advance(1);
    expect((await closing).data).toMatchObject({ code: 4001, clean: true });
  });

  it("is waited for no longer than the manager waits", async () => {
    const { manager, connect, clock } = stage([{ fault: "slow-close", ms: 5_000 }]);
    const closing = manager.close(await connect());
    await clock.advance(2_000);
    expect((await closing).data).toMatchObject({ code: 1006, clean: false });
    expect(clock.referencedTimers).toBe(0);
  });
});

import { describe, expect, it } from "vitest";
import { slidingWindow } from "../../src/index.ts";
import { scene } from "../support/scene.ts";

const peer = "ws://peer.test/";

describe("a wait for a permit that ends without one", () => {
  it("says that onLimit.wait ended it where that is shorter", async () => {
    const rateLimiter = slidingWindow({ limit: 1, windowMs: 1_000 });
    const { manager, clock } = scene({ rateLimiter, onLimit: { wait: 1_500 } });
    await manager.connect(peer);
    const waiting = [1, 2, 3].map(() => manager.connect(peer));
    await clock.advance(1_500);
    const last = (await Promise.all(waiting)).at(-1);
    expect(last?.error).toMatchObject({ code: "RATE_LIMITED", phase: "admission", sent: "no" });
    expect(last?.error?.message).toContain("onLimit.wait (1500 ms)");
  });

  it("waits to the end of the operation's own time where that is shorter, and says so", async () => {
    const rateLimiter = slidingWindow({ limit: 1, windowMs: 60_000 });
    const { manager, clock } = scene({ rateLimiter, onLimit: { wait: 60_000 }, timeoutMs: 10_000 });
    await manager.connect(peer);
    let message: string | undefined;
    void manager.connect(peer).then(({ error }) => {
      message = error?.message;
    });
    await clock.advance(9_999);
    expect(message).toBeUndefined();
    await clock.advance(1);
    expect(message).toContain("timeoutMs (10000 ms)");
    expect(message).not.toContain("onLimit: {");
  });

  it("takes a permit that comes free unforeseen within that time", async () => {
    const rateLimiter = slidingWindow({ limit: 4, windowMs: 60_000 });
    const { manager, clock, connect } = scene({ rateLimiter, onLimit: { wait: 60_000 }, timeoutMs: 10_000 });
    const { connection, channel } = await connect();
    for (let n = 0; n < 3; n += 1) await manager.send(connection, n);
    const waiting = manager.send(connection, "late");
    await clock.advance(3_000);
    expect(channel.sent).toHaveLength(3);
    rateLimiter.reset();
    await clock.advance(7_000);
    expect((await waiting).success).toBe(true);
  });
});

describe("the queue's bound", () => {
  it("refuses with BACKPRESSURE what would wait beyond it, and loses none of those that wait", async () => {
    const rateLimiter = slidingWindow({ limit: 1, windowMs: 1_000 });
    const { manager, clock } = scene({ rateLimiter, onLimit: { wait: 5_000 }, maxQueued: 2 });
    await manager.connect(peer);
    const waiting = [1, 2].map(() => manager.connect(peer));
    const { error } = await manager.connect(peer);
    expect(error).toMatchObject({ code: "BACKPRESSURE", phase: "admission", sent: "no", retryable: true });
    expect(error?.message).toContain("maxQueued");
    await clock.advance(2_000);
    expect((await Promise.all(waiting)).every(({ success }) => success)).toBe(true);
    const again = manager.connect(peer);
    await clock.advance(1_000);
    expect((await again).success).toBe(true);
  });

  it("counts what waits for a limiter's answer too", async () => {
    const never = new Promise<never>(() => undefined);
    const inner = slidingWindow();
    const rateLimiter = {
      ...inner,
      acquire: () => never,
      usage: () => inner.usage(),
      refund: () => undefined,
      reset: () => undefined,
    };
    const { manager, clock } = scene({ rateLimiter, maxQueued: 1, timeoutMs: 100 });
    const first = manager.connect(peer);
    expect((await manager.connect(peer)).error?.code).toBe("BACKPRESSURE");
    await clock.advance(100);
    expect((await first).error?.code).toBe("RATE_LIMITED");
  });
});

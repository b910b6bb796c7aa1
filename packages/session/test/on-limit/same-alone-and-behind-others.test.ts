import { type ManagerOptions, slidingWindow } from "@outsock/core";
import { describe, expect, it } from "vitest";
import { stage } from "../support/stage.ts";

const windowMs = 60_000;

/**
 * A session whose limit is used up and whose connection serves. `ahead`: as many calls wait for a permit, because they waited for the
 * connection before.
 */
async function limited(onLimit: NonNullable<ManagerOptions["onLimit"]>, ahead: number) {
  const rateLimiter = slidingWindow({ limit: 10, windowMs });
  const staged = stage({ rateLimiter, onLimit });
  const { open, server, clock } = staged;
  const session = await open({ reserve: 0 });
  server.last.peer.drop();
  await clock.advance(1);
  // Two permits were for connecting.
  const paced = Array.from({ length: ahead === 0 ? 0 : 8 + ahead }, (_, n) =>
    session.call("echo", `ahead ${n}`, { timeoutMs: 2 * windowMs }),
  );
  await clock.advance(2_000);
  while ((await rateLimiter.acquire(1, { now: clock.now() })).allowed) {}
  expect(session.state).toBe("ready");
  expect(session.getStats().queued).toBe(ahead);
  return { ...staged, session, paced };
}

describe.each([0, 1, 5])("a call at the limit, with %i calls that wait ahead of it", (ahead) => {
  it('is refused at once with "reject", with a retryAfterMs', async () => {
    const { session } = await limited("reject", ahead);
    const { error } = await session.call("echo", "x", { timeoutMs: 2 * windowMs });
    expect(error).toMatchObject({ code: "RATE_LIMITED", phase: "admission", sent: "no" });
    expect(error?.retryAfterMs).toBeGreaterThan(windowMs - 3_000);
    expect(error?.retryAfterMs).toBeLessThanOrEqual(windowMs);
    expect(error?.message).toContain("onLimit: { wait }");
  });

  it("is refused at once if its wait is too short to help", async () => {
    const { session } = await limited({ wait: 1_000 }, ahead);
    const { error } = await session.call("echo", "x", { timeoutMs: 2 * windowMs });
    expect(error).toMatchObject({ code: "RATE_LIMITED", sent: "no" });
    expect(error?.message).toContain("onLimit.wait (1000 ms)");
  });

  it("waits its turn where its wait is long enough", async () => {
    const { session, clock, paced, server } = await limited({ wait: 2 * windowMs }, ahead);
    const call = session.call("echo", "x", { timeoutMs: 2 * windowMs });
    await clock.advance(windowMs);
    expect((await call).data?.response).toBe("x");
    expect((await Promise.all(paced)).every(({ success }) => success)).toBe(true);
    expect(server.allReceived("echo").at(-1)?.params).toBe("x");
  });

  it("waits until its own timeout if onLimit.wait is longer, and names that timeout in the error", async () => {
    const { session, clock } = await limited({ wait: 2 * windowMs }, ahead);
    let code: string | undefined;
    let message = "";
    void session.call("echo", "x", { timeoutMs: 5_000 }).then(({ error }) => {
      code = error?.code;
      message = error?.message ?? "";
    });
    await clock.advance(4_999);
    expect(code).toBeUndefined();
    await clock.advance(1);
    expect(code).toBe("RATE_LIMITED");
    expect(message).toContain("timeoutMs (5000 ms)");
  });
});

describe("a call that had to wait for a connection", () => {
  it.each(["reject", { wait: 1_000 }] as const)(
    "is paced by the limit then, under onLimit %j",
    async (onLimit) => {
      const { paced, clock } = await limited(onLimit, 3);
      await clock.advance(windowMs);
      expect((await Promise.all(paced)).map(({ error }) => error?.code)).toEqual(paced.map(() => undefined));
    },
  );
});

it("a wait that is shorter than the call's time ends it, and says so, also behind others", async () => {
  const rateLimiter = slidingWindow({ limit: 2, windowMs: 1_000 });
  const { open, clock } = stage({ rateLimiter, onLimit: { wait: 1_500 } });
  const session = await open({ reserve: 0 });
  const calls = [1, 2, 3, 4, 5].map((n) => session.call("echo", n, { timeoutMs: windowMs }));
  await clock.advance(1_500);
  const results = await Promise.all(calls);
  // One permit was for connecting: one call goes at once, two after a second, and no wait reaches the next second.
  expect(results.map(({ error }) => error?.code)).toEqual([
    undefined,
    undefined,
    undefined,
    "RATE_LIMITED",
    "RATE_LIMITED",
  ]);
  expect(results.at(-1)?.error?.message).toMatch(/onLimit\.wait \(1500 ms\)/);
});

it("a reset admits at once what waits for a permit", async () => {
  const { open, server, clock, manager } = stage({ rateLimiter: slidingWindow({ limit: 10, windowMs }) });
  const session = await open({ reserve: 4 });
  server.last.peer.drop();
  await clock.advance(1);
  const calls = Array.from({ length: 8 }, (_, n) => session.call("echo", n, { timeoutMs: windowMs }));
  await clock.advance(2_000);
  expect(session.getStats().queued).toBeGreaterThan(0);
  expect(await manager.reset()).toBe(true);
  await clock.advance(0);
  expect((await Promise.all(calls)).every(({ success }) => success)).toBe(true);
});

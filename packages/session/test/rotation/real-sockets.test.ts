import { slidingWindow } from "@outsock/core";
import { startRotatingServer } from "@outsock/test-servers";
import { expect, it } from "vitest";
import { type Incoming, plain } from "../../src/index.ts";
import { openReal, use } from "../support/real.ts";

const generous = { rateLimiter: slidingWindow({ limit: 1_000_000, windowMs: 1 }) };

/** Calls without pauses, with a given concurrency, for a given time. */
async function load(call: (n: number) => Promise<{ success: boolean; data?: unknown }>, ms: number) {
  const endMs = performance.now() + ms;
  const results: { success: boolean; data?: unknown }[] = [];
  let made = 0;
  const caller = async (): Promise<void> => {
    while (performance.now() < endMs) {
      made += 1;
      results.push(await call(made));
    }
  };
  await Promise.all(Array.from({ length: 16 }, caller));
  return results;
}

// The server keeps connections far longer than a rotation takes, so that a slow machine breaks no promise.
it("Over ws, no call fails and none is answered twice through many rotations by age", {
  timeout: 30_000,
}, async () => {
  const server = await use(startRotatingServer({ lifeMs: 10_000 }));
  const session = await openReal(
    { url: server.url, protocol: plain({ params: "params" }), maxAgeMs: 100 },
    generous,
  );
  const results = await load((n) => session.call("echo", n), 2_500);
  expect(results.filter(({ success }) => !success)).toEqual([]);
  expect(results.length).toBeGreaterThan(2_000);
  expect(server).toMatchObject({ callCount: results.length, repeatedCount: 0, expiredCount: 0 });
  expect(session.getStats().rotationsCount).toBeGreaterThan(15);
  expect(session.getStats()).toMatchObject({ lateRepliesCount: 0, unknownRepliesCount: 0, resentCount: 0 });
  expect(server.openCount).toBeLessThanOrEqual(2);
});

it("Over ws, no call fails through many connections that the server announces to end", {
  timeout: 30_000,
}, async () => {
  const server = await use(startRotatingServer({ lifeMs: 5_050, noticeMs: 5_000 }));
  const base = plain({ params: "params" });
  const protocol = {
    ...base,
    classify(message: unknown): Incoming | readonly Incoming[] {
      return JSON.stringify(message) === '{"type":"go_away"}' ? { kind: "go-away" } : base.classify(message);
    },
  };
  const session = await openReal(
    // The server sends go-aways often, and they are no failures.
    { url: server.url, protocol, reconnect: { stableAfterMs: 0 } },
    generous,
  );
  const results = await load((n) => session.call("echo", n), 1_500);
  expect(results.filter(({ success }) => !success)).toEqual([]);
  expect(server).toMatchObject({ callCount: results.length, repeatedCount: 0, expiredCount: 0 });
  expect(session.getStats().rotationsCount).toBeGreaterThan(10);
});

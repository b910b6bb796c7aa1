import { expect, it } from "vitest";
import { SlowLimiter } from "../support/limiters.ts";
import { stage } from "../support/stage.ts";

it("ten thousand waiting calls go out in their order", async () => {
  const count = 10_000;
  const { open, server, clock } = stage({ rateLimiter: new SlowLimiter() });
  const session = await open({ maxQueued: count });
  server.last.peer.drop();
  await clock.advance(999);
  const results = Array.from({ length: count }, (_, n) => session.notify("note", n, { timeoutMs: 60_000 }));
  await clock.advance(1);
  expect((await Promise.all(results)).every(({ success }) => success)).toBe(true);
  while (server.last.received.length < count) await clock.advance(0);
  expect(server.last.received.every(({ params }, n) => params === n)).toBe(true);
}, 10_000);

import { createWebSocketManager } from "@outsock/core";
import { createMemoryNetwork } from "@outsock/transport-memory";
import { expect, it } from "vitest";
import { scene } from "./support/model-redis.ts";

const url = "wss://api.example.com";

it("managers of several processes share the limit, and wait for each other's permits", async () => {
  const network = createMemoryNetwork();
  network.listen(url, (peer) => peer.onMessage((message) => peer.send(message)));
  const { clock, limiter, another } = scene({ limit: 8 });
  const [one, other] = [limiter, another()].map((rateLimiter) =>
    createWebSocketManager({ transport: network.transport(), rateLimiter, clock, onLimit: { wait: 2_000 } }),
  );
  expect((await one?.request(url, 1))?.success).toBe(true);
  expect((await other?.request(url, 2))?.success).toBe(true);
  const waits = [one?.request(url, 3), other?.request(url, 4)];
  let done = 0;
  for (const wait of waits) void wait?.then(() => (done += 1));
  await clock.advance(999);
  expect(done).toBe(0);
  await clock.advance(1);
  expect((await Promise.all(waits)).map((result) => result?.success)).toEqual([true, true]);
});

it("a reset that Redis does not hear is told as a failure", async () => {
  const { clock, redis, limiter } = scene();
  const manager = createWebSocketManager({
    transport: createMemoryNetwork().transport(),
    rateLimiter: limiter,
    clock,
  });
  redis.failure = new Error("gone");
  await limiter.acquire(1);
  expect(await manager.reset()).toBe(false);
});

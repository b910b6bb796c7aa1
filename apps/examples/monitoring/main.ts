import { createWebSocketManager, slidingWindow, wsTransport } from "outsock";

const url = process.env.WS_URL ?? "ws://localhost:8080";

// Your own manager: 8 operations per second, and an event for every failure and rejection.
const manager = createWebSocketManager({
  transport: wsTransport(),
  rateLimiter: slidingWindow({ limit: 8, windowMs: 1_000 }),
  statsSink: {
    record(event) {
      if (event.type === "operation-failed") console.log("failed:", event.operation, event.code);
      if (event.type === "rate-limited") console.log("rate limited:", event.operation);
    },
  },
});

await manager.request(url, { n: 1 });
await manager.request("http://localhost", { n: 2 });
const refused = await manager.request(url, { n: 3 });
console.log("may try again later:", (refused.error?.retryAfterMs ?? 0) > 0);

console.log(manager.getStats());
await manager.dispose();

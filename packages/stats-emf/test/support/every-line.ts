import { type StatsSink, slidingWindow, unwrap } from "@outsock/core";
import { expect } from "vitest";
import type { EmfLine } from "./emf-lines.ts";
import { scene, url } from "./scene.ts";

/** Lines that contain every metric. */
export async function everyLine(): Promise<EmfLine[]> {
  const inbox = { maxMessages: 1, overflow: "drop-oldest" } as const;
  const { manager, clock, stats, flushed } = scene({ inbox, rateLimiter: slidingWindow({ limit: 6 }) });
  fallBack(stats);
  const { connection } = unwrap(await manager.connect(url));
  for (const message of ["a", "b"]) unwrap(await manager.send(connection, message));
  await clock.advance(20);
  unwrap(await manager.receive(connection));
  unwrap(await manager.close(connection));
  expect((await manager.request(url, "too much")).error?.code).toBe("RATE_LIMITED");
  await clock.advance(1_000);
  const silent = manager.request(url, "silence", { timeoutMs: 100 });
  await clock.advance(100);
  expect((await silent).error?.code).toBe("RECEIVE_TIMEOUT");
  return flushed();
}

function fallBack(sink: StatsSink): void {
  const of = { operation: "send", operationId: 1, correlationId: "c", startedAtMs: 0, atMs: 0 } as const;
  sink.record({ ...of, type: "operation-called" });
  sink.record({ ...of, type: "operation-started", source: "fallback" });
  sink.record({ ...of, type: "operation-succeeded", durationMs: 0, timings: {} });
}

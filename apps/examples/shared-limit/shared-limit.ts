import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { startCountingServer, startRedis } from "@outsock/test-servers";

export interface SharedLimit {
  readonly processes: number;
  /** The most messages that the server counted in any second. */
  readonly most: number;
  /** The messages per second that it counted while all processes were sending. */
  readonly rate: number;
}

const worker = fileURLToPath(new URL("worker.ts", import.meta.url));

/** Lets several processes send under one limit, and counts the messages at the server. */
export async function measureSharedLimit(processes: number, durationMs: number): Promise<SharedLimit> {
  await using redis = await startRedis();
  await using server = await startCountingServer();
  const env = {
    ...process.env,
    REDIS_SOCKET: redis.socketPath,
    WS_URL: server.url,
    DURATION_MS: String(durationMs),
  };
  const children = Array.from({ length: processes }, () =>
    spawn(process.execPath, [...process.execArgv, worker], { env, stdio: ["ignore", "ignore", "inherit"] }),
  );
  await Promise.all(children.map((child) => once(child, "exit")));
  return { processes, most: server.arrivals.mostWithin(1_000), rate: server.arrivals.rateBy(300) };
}

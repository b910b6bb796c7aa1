import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { isWithoutRedis, useRedis } from "../support/real-redis.ts";

describe.skipIf(isWithoutRedis)("a process with a limiter", () => {
  const real = useRedis();

  it("exits by itself, with a lease, a refusal and a pending refund", async () => {
    const program = `
      import { createClient } from "redis";
      import { redisLimiter } from "@outsock/limiter-redis";
      const client = await createClient({ socket: { path: process.env.REDIS_SOCKET } }).connect();
      const limiter = redisLimiter(client, { key: "exit", limit: 10, lease: 3, windowMs: 60_000 });
      await limiter.acquire(1);
      limiter.refund(7, await limiter.acquire(7));
      await limiter.acquire(9);
      client.unref();
      console.log(limiter.getStats().available);
    `;
    const args = ["--conditions=@outsock/source", "--input-type=module", "--eval", program];
    const { stdout, stderr } = await promisify(execFile)(process.execPath, args, {
      cwd: fileURLToPath(new URL("../..", import.meta.url)),
      env: { ...process.env, REDIS_SOCKET: real.server.socketPath },
      timeout: 10_000,
    });
    expect({ stdout, stderr }).toEqual({ stdout: "true\n", stderr: "" });
  });
});

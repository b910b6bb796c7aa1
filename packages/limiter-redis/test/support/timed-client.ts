import type { Clock } from "@outsock/core";
import type { NodeRedisClient } from "../../src/index.ts";
import type { TestClient } from "./clients.ts";

const readsTime = "redis.call('TIME')";

/** The script in a real Redis, by a clock that tests move: what it reads from the server is put in instead. */
export function timed({ command }: TestClient, clock: Clock): NodeRedisClient {
  return {
    evalSha: () => Promise.reject(new Error("NOSCRIPT its text changes with the time")),
    eval(script, options) {
      // Whole microseconds, as a server has them; what is a hair below the next is a float's fault.
      const micros = Math.floor(clock.now() * 1_000 + 0.01);
      const time = `{ '${Math.floor(micros / 1_000_000)}', '${micros % 1_000_000}' }`;
      const text = script.replace(readsTime, time);
      return command("EVAL", text, "1", ...options.keys, ...options.arguments);
    },
  };
}

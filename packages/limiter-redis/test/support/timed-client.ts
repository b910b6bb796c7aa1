import type { Clock } from "@outsock/core";
import type { NodeRedisClient } from "../../src/index.ts";
import type { TestClient } from "./clients.ts";

const readsTime = "redis.call('TIME')";

/** Runs the script in a real Redis by a clock that tests move: its time replaces the server's in the script's text. */
export function timedClient({ command }: TestClient, clock: Clock): NodeRedisClient {
  return {
    evalSha: () => Promise.reject(new Error("NOSCRIPT its text changes with the time")),
    eval(script, options) {
      // Whole microseconds, as a server has them; a value just below the next one is a rounding error.
      const micros = Math.floor(clock.now() * 1_000 + 0.01);
      const time = `{ '${Math.floor(micros / 1_000_000)}', '${micros % 1_000_000}' }`;
      const text = script.replace(readsTime, time);
      return command("EVAL", text, "1", ...options.keys, ...options.arguments);
    },
  };
}

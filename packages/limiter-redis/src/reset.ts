import type { LimiterSettings } from "./limiter-options.ts";
import type { RunScript } from "./redis-client.ts";
import { resetScript } from "./scripts.ts";

/** Has Redis forget the key. Rejects where that fails or takes longer than a trip may. */
export function resetKey(run: RunScript, settings: LimiterSettings): Promise<void> {
  const { key, clock, commandTimeoutMs } = settings;
  return new Promise((resolve, reject) => {
    const timer = clock.schedule(commandTimeoutMs, () =>
      reject(new Error(`the limit was not reset: Redis did not answer within ${commandTimeoutMs} ms`)),
    );
    run(resetScript, key, []).then(
      () => {
        timer.cancel();
        resolve();
      },
      (cause) => {
        timer.cancel();
        reject(new Error("the limit was not reset: Redis failed", { cause }));
      },
    );
  });
}

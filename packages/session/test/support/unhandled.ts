import { onTestFinished } from "vitest";

/** Collects unhandled rejections until the test ends. The returned function waits for late ones and returns them all. */
export function unhandledRejections(): () => Promise<readonly unknown[]> {
  const seen: unknown[] = [];
  const record = (reason: unknown): void => {
    seen.push(reason);
  };
  process.on("unhandledRejection", record);
  onTestFinished(() => {
    process.off("unhandledRejection", record);
  });
  return async () => {
    await new Promise(setImmediate);
    return seen;
  };
}

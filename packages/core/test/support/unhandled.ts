import { onTestFinished } from "vitest";

/** The promises whose rejection nobody handled, until the test ends. */
export function unhandledRejections(): () => Promise<readonly unknown[]> {
  const seen: unknown[] = [];
  const see = (reason: unknown): void => {
    seen.push(reason);
  };
  process.on("unhandledRejection", see);
  onTestFinished(() => {
    process.off("unhandledRejection", see);
  });
  return async () => {
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    return seen;
  };
}

import { afterEach, beforeEach, expect } from "vitest";

/** Each test of the file ends with no unhandled rejection and no uncaught exception. */
export function expectNothingUnhandled(): void {
  const unhandled: unknown[] = [];
  const record = (error: unknown): void => void unhandled.push(error);
  beforeEach(() => {
    unhandled.length = 0;
    process.on("unhandledRejection", record);
    process.on("uncaughtException", record);
  });
  afterEach(async () => {
    // Node reports both at the end of a turn of its event loop.
    await new Promise((resolve) => setImmediate(resolve));
    process.off("unhandledRejection", record);
    process.off("uncaughtException", record);
    expect(unhandled).toEqual([]);
  });
}

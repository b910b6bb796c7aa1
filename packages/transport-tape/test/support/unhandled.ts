import { afterEach, beforeEach, expect } from "vitest";

/** Each test of the file ends with no unhandled rejection and no uncaught exception. */
export function expectNothingUnhandled(): void {
  const unheard: unknown[] = [];
  const hear = (error: unknown): void => void unheard.push(error);
  beforeEach(() => {
    unheard.length = 0;
    process.on("unhandledRejection", hear);
    process.on("uncaughtException", hear);
  });
  afterEach(async () => {
    // Node tells both at the end of a turn of its loop.
    await new Promise((resolve) => setImmediate(resolve));
    process.off("unhandledRejection", hear);
    process.off("uncaughtException", hear);
    expect(unheard).toEqual([]);
  });
}

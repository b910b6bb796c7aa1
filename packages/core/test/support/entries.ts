import type { QueueEntry } from "../../src/admission/admission-queue.ts";
import type { Permit } from "../../src/admission/permit.ts";
import type { Failure } from "../../src/index.ts";
import type { Operation } from "../../src/operations/operation.ts";

export interface TestEntry extends QueueEntry {
  readonly failure: Failure | undefined;
}

/** An entry of the admission queue that notes how it fared. */
export function entry(
  operation: Operation,
  admit: (permit: Permit) => unknown,
  options: Partial<Pick<QueueEntry, "cost" | "reserve" | "signal">> = {},
): TestEntry {
  let failure: Failure | undefined;
  return {
    operation,
    cost: 1,
    reserve: 0,
    signal: undefined,
    ...options,
    get failure() {
      return failure;
    },
    waitUntil: () => undefined,
    admit: (permit) => admit(permit) !== false,
    refuse(refusal) {
      failure = refusal;
    },
  };
}

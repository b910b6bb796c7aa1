// Stands alone: a manager carries its parts for the entry ./internal, whose code stays out of programs that do not use it.
import type { Admission } from "../admission/admission.ts";
import type { ManagerContext } from "../manager-context.ts";

/** The inside of one manager. */
export interface ManagerParts {
  readonly context: ManagerContext;
  readonly admission: Admission;
}

/** In the registry of symbols, so that packages of another copy find it; its number goes up when the parts change. */
export const internalsKey: unique symbol = Symbol.for("@outsock/core/internals/4");

export interface WithInternals {
  readonly [internalsKey]: ManagerParts;
}

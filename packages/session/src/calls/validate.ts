import { isPromiseLike } from "@outsock/core/adapter";
import type { StandardSchema } from "../standard-schema.ts";

export type Validation =
  | { readonly valid: true; readonly value: unknown }
  | { readonly valid: false; readonly problem: string; readonly cause?: unknown };

/** Asks a schema about a value, and tells the validation: at once where the schema answers at once. It never throws. */
export function validate(
  schema: StandardSchema,
  value: unknown,
  tell: (validation: Validation) => void,
): void {
  let outcome: unknown;
  try {
    outcome = schema["~standard"].validate(value);
  } catch (cause) {
    tell(broken(cause));
    return;
  }
  if (!isPromiseLike(outcome)) {
    tell(validationOf(outcome));
    return;
  }
  outcome.then(
    (later) => tell(validationOf(later)),
    (cause) => tell(broken(cause)),
  );
}

function broken(cause: unknown): Validation {
  return { valid: false, problem: "The schema failed while it looked at the value; see cause", cause };
}

/** Names places and kinds of faults, never the values. What is no outcome of a schema is a fault too. */
function validationOf(outcome: unknown): Validation {
  if (typeof outcome !== "object" || outcome === null) return broken(new TypeError("it answered no outcome"));
  const issues = "issues" in outcome ? outcome.issues : undefined;
  if (issues === undefined) return { valid: true, value: "value" in outcome ? outcome.value : undefined };
  const found: readonly unknown[] = Array.isArray(issues) ? issues : [];
  const more = found.length > 1 ? `, and ${found.length - 1} more` : "";
  // What a schema says of a fault may quote the value: it is only for who looks at the cause, which JSON leaves out.
  const cause = new Error(found.map(messageOf).join("; "));
  return { valid: false, problem: `The value does not fit the schema${placeOf(found[0])}${more}`, cause };
}

function messageOf(issue: unknown): string {
  return typeof issue === "object" && issue !== null && "message" in issue
    ? String(issue.message)
    : "a fault";
}

/** Where the first fault is. */
function placeOf(issue: unknown): string {
  if (typeof issue !== "object" || issue === null) return "";
  const path: readonly unknown[] = "path" in issue && Array.isArray(issue.path) ? issue.path : [];
  const keys = path.map((part) =>
    String(typeof part === "object" && part !== null && "key" in part ? part.key : part),
  );
  return ` at ${keys.length === 0 ? "the top" : keys.join(".")}`;
}

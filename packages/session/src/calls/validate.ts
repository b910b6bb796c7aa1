import { isPromiseLike } from "@outsock/core/adapter";
import type { StandardSchema } from "../standard-schema.ts";

export type Validation =
  | { readonly valid: true; readonly value: unknown }
  | { readonly valid: false; readonly problem: string; readonly cause?: unknown };

/** Validates a value. Calls `report` with the outcome: within this call if the schema is synchronous. Never throws. */
export function validate(
  schema: StandardSchema,
  value: unknown,
  report: (validation: Validation) => void,
): void {
  let validation: Validation;
  try {
    const outcome: unknown = schema["~standard"].validate(value);
    if (isPromiseLike(outcome)) {
      Promise.resolve(outcome)
        .then(validationOf)
        .then(report, (cause) => report(broken(cause)));
      return;
    }
    validation = validationOf(outcome);
  } catch (cause) {
    // Its result may throw as well, where it is read.
    validation = broken(cause);
  }
  report(validation);
}

function broken(cause: unknown): Validation {
  return { valid: false, problem: "The schema threw while it validated the value; see cause", cause };
}

/** Names the place of the first issue, never a value. Something that is not a schema's result is a failure too. */
function validationOf(outcome: unknown): Validation {
  if (typeof outcome !== "object" || outcome === null)
    return broken(new TypeError("the schema returned no result"));
  const issues = "issues" in outcome ? outcome.issues : undefined;
  if (issues === undefined) return { valid: true, value: "value" in outcome ? outcome.value : undefined };
  const found: readonly unknown[] = Array.isArray(issues) ? issues : [];
  const more = found.length > 1 ? `, and ${found.length - 1} more` : "";
  // A schema's messages may quote the value, so they go only into the cause, which JSON leaves out.
  const cause = new Error(found.map(messageOf).join("; "));
  return { valid: false, problem: `The value does not fit the schema${placeOf(found[0])}${more}`, cause };
}

function messageOf(issue: unknown): string {
  return typeof issue === "object" && issue !== null && "message" in issue
    ? String(issue.message)
    : "an issue";
}

/** Where the first issue is. */
function placeOf(issue: unknown): string {
  if (typeof issue !== "object" || issue === null) return "";
  const path: readonly unknown[] = "path" in issue && Array.isArray(issue.path) ? issue.path : [];
  const keys = path.map((part) =>
    String(typeof part === "object" && part !== null && "key" in part ? part.key : part),
  );
  return ` at ${keys.length === 0 ? "the top" : keys.join(".")}`;
}

import type { StandardSchema } from "../standard-schema.ts";

export type Verdict =
  | { readonly valid: true; readonly value: unknown }
  | { readonly valid: false; readonly problem: string; readonly cause?: unknown };

/** Asks a schema about a value, and tells the verdict: at once where the schema answers at once. It never throws. */
export function judge(schema: StandardSchema, value: unknown, tell: (verdict: Verdict) => void): void {
  let outcome: StandardSchema.Outcome<unknown> | PromiseLike<StandardSchema.Outcome<unknown>>;
  try {
    outcome = schema["~standard"].validate(value);
  } catch (cause) {
    tell(broken(cause));
    return;
  }
  if ("then" in outcome) {
    outcome.then(
      (later) => tell(verdictOf(later)),
      (cause) => tell(broken(cause)),
    );
  } else {
    tell(verdictOf(outcome));
  }
}

function broken(cause: unknown): Verdict {
  return { valid: false, problem: "The schema failed while it looked at the value; see cause", cause };
}

/** Names places and kinds of faults, never the values. */
function verdictOf(outcome: StandardSchema.Outcome<unknown>): Verdict {
  if (outcome.issues === undefined) return { valid: true, value: outcome.value };
  const [first] = outcome.issues;
  const more = outcome.issues.length > 1 ? `, and ${outcome.issues.length - 1} more` : "";
  const where = first === undefined ? "" : ` at ${placeOf(first)}: ${first.message}`;
  return { valid: false, problem: `The value does not fit the schema${where}${more}` };
}

function placeOf({ path = [] }: StandardSchema.Issue): string {
  const keys = path.map((part) => String(typeof part === "object" ? part.key : part));
  return keys.length === 0 ? "the top" : keys.join(".");
}

import { valueAt } from "../messages/value-at.ts";

/** A question of the Chrome DevTools Protocol, which Node's inspector speaks. */
export function evaluate(id: number, expression: string): object {
  return { id, method: "Runtime.evaluate", params: { expression, returnByValue: true } };
}

export function answerOf(message: unknown): unknown {
  return valueAt(message, "result.result.value");
}

/** The id of the question that a message answers; undefined for an event. */
export function idOf(message: unknown): number | undefined {
  const id = valueAt(message, "id");
  return typeof id === "number" ? id : undefined;
}

/** What was logged, if a message is the event of a console.log. */
export function loggedBy(message: unknown): string | undefined {
  if (valueAt(message, "method") !== "Runtime.consoleAPICalled") return undefined;
  return [0, 1].map((index) => String(valueAt(message, `params.args.${index}.value`))).join(" ");
}

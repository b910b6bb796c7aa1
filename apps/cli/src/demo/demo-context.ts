import type { Connection, WebSocketManager } from "outsock";
import { valueAtPath } from "../messages/match.ts";

/** What the demo has done, counted on its own: `getStats` is compared with it. */
interface DemoCounters {
  operations: number;
  connections: number;
  sent: number;
  received: number;
  refused: number;
}

/** What every step has. */
export interface DemoContext {
  readonly manager: WebSocketManager;
  readonly url: string;
  readonly counters: DemoCounters;
  readonly signal: AbortSignal;
}

/** The steps after the first share one connection. */
export interface ConnectedDemo extends DemoContext {
  readonly connection: Connection;
}

/** One claim, whether it held, and what was seen. */
export interface DemoCheck {
  readonly claim: string;
  readonly seen: string;
  readonly right: boolean;
}

export interface DemoStep {
  readonly title: string;
  readonly checks: readonly DemoCheck[];
}

export function demoCheck(claim: string, right: boolean, seen: string | number): DemoCheck {
  return { claim, right, seen: String(seen) };
}

/** A question of the Chrome DevTools Protocol, which Node's inspector speaks. */
export function evaluate(id: number, expression: string): object {
  return { id, method: "Runtime.evaluate", params: { expression, returnByValue: true } };
}

export function answerOf(message: unknown): unknown {
  return valueAtPath(message, "result.result.value");
}

/** The id of the question that a message answers; undefined for an event. */
export function idOf(message: unknown): number | undefined {
  const id = valueAtPath(message, "id");
  return typeof id === "number" ? id : undefined;
}

/** What was logged, if a message is the event of a console.log. */
export function loggedBy(message: unknown): string | undefined {
  if (valueAtPath(message, "method") !== "Runtime.consoleAPICalled") return undefined;
  return [0, 1].map((index) => String(valueAtPath(message, `params.args.${index}.value`))).join(" ");
}

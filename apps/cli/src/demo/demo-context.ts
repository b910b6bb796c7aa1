import type { Connection, WebSocketManager } from "outsock";
import { valueAtPath } from "../messages/match.ts";

/** The demo's own counters, which `getStats` is compared with. */
interface DemoCounters {
  operations: number;
  connections: number;
  sent: number;
  received: number;
  refused: number;
}

/** What every step has access to. */
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

/** A claim, whether it held, and the observed value. */
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

/** A call of the Chrome DevTools Protocol, which Node's inspector speaks. */
export function evaluate(id: number, expression: string): object {
  return { id, method: "Runtime.evaluate", params: { expression, returnByValue: true } };
}

export function answerOf(message: unknown): unknown {
  return valueAtPath(message, "result.result.value");
}

/** The id of the call that a message answers; undefined for an event. */
export function idOf(message: unknown): number | undefined {
  const id = valueAtPath(message, "id");
  return typeof id === "number" ? id : undefined;
}

/** The logged text, if a message is the event of a console.log. */
export function loggedBy(message: unknown): string | undefined {
  if (valueAtPath(message, "method") !== "Runtime.consoleAPICalled") return undefined;
  return [0, 1].map((index) => String(valueAtPath(message, `params.args.${index}.value`))).join(" ");
}

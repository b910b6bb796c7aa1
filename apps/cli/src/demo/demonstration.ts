import type { Connection, WebSocketManager } from "outsock";

/** What the demo has done, counted on its own: `getStats` is compared with it. */
interface Tally {
  operations: number;
  connections: number;
  sent: number;
  received: number;
  refused: number;
}

/** What every step has. */
export interface Demonstration {
  readonly manager: WebSocketManager;
  readonly url: string;
  readonly tally: Tally;
  readonly signal: AbortSignal;
}

/** The steps after the first share one connection. */
export interface Conversation extends Demonstration {
  readonly connection: Connection;
}

/** One claim, whether it held, and what was seen. */
export interface Check {
  readonly claim: string;
  readonly seen: string;
  readonly right: boolean;
}

export interface Step {
  readonly title: string;
  readonly checks: readonly Check[];
}

export function check(claim: string, right: boolean, seen: string | number): Check {
  return { claim, right, seen: String(seen) };
}

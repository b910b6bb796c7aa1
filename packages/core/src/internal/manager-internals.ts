import type { AdmissionBounds, Refusal } from "../admission/refusals.ts";
import type { Connection } from "../connection/connection.ts";
import type { Operation } from "../operations/operation.ts";
import type { Clock } from "../ports/clock.ts";
import type { RateDecision, RateUsage } from "../ports/rate-limiter.ts";
import type { CountedName } from "../ports/stats-sink.ts";
import type { TransportCapabilities } from "../ports/transport-capabilities.ts";
import type { Deadlines } from "../time/deadlines.ts";
import type { WebSocketManager } from "../web-socket-manager.ts";
import type { MessageStream } from "./message-stream.ts";

/**
 * What a package needs that is built on a manager, such as `@outsock/session`: the manager's time, limiter, statistics and
 * sockets, below its operations. Not for applications: it may change with any minor version.
 */
export interface ManagerInternals {
  readonly clock: Clock;
  readonly capabilities: TransportCapabilities;
  readonly timeoutMs: number;
  readonly closeTimeoutMs: number;
  /** The manager's own: one timer for all. It keeps the process alive while something is in it. */
  readonly deadlines: Pick<Deadlines, "add" | "remove">;
  /** A new operation; the clock is read here. `start` it once it is admitted. */
  begin(name: CountedName, correlationId: string | undefined, method?: string): Operation;
  /**
   * Admits an operation that sends one message to the server of this URL as the manager admits its own, waiting in line under
   * `onLimit: { wait }`.
   */
  admit(operation: Operation, bounds: AdmissionBounds, url?: string | undefined): Refusal | Promise<Refusal>;
  /**
   * Asks the limiter for the permit of one message, for what waits in a queue of its own, and gives it to the operation. One that is
   * over then, or does not go after all, gives it back: `refund`. Throws or rejects where the limiter fails.
   */
  acquire(
    operation: Operation,
    reserve: number,
    url?: string | undefined,
  ): RateDecision | Promise<RateDecision>;
  /** Counts a message that is never refused; without a URL, what is none to the server. */
  count(url?: string | undefined): void;
  usage(): RateUsage;
  /** Calls back when the manager is disposed of; the answer stops that. */
  onDispose(run: () => void): () => void;
  /** What is behind a connection of this manager. Whoever takes it takes all its messages. */
  messageStream(connection: Connection): MessageStream;
}

/** A symbol of the registry, so that packages of another copy find it; its number goes up when {@link ManagerInternals} changes. */
export const internalsKey: unique symbol = Symbol.for("@outsock/core/internals/3");

export interface WithInternals {
  readonly [internalsKey]: ManagerInternals;
}

/** @throws TypeError for what `createWebSocketManager` did not make. */
export function internalsOf(manager: WebSocketManager): ManagerInternals {
  if (!hasInternals(manager)) throw new TypeError("manager must be one that createWebSocketManager made");
  return manager[internalsKey];
}

function hasInternals(value: unknown): value is WithInternals {
  return typeof value === "object" && value !== null && internalsKey in value;
}

import { Expiry } from "@outsock/core/internal";
import type { CallDispatcher } from "../calls/call-dispatcher.ts";
import type { SessionContext } from "../context.ts";
import type { ConnectionNumber } from "../lifecycle/state.ts";
import type { Subscriptions } from "../subscriptions/subscriptions.ts";
import type { SessionConnection } from "./session-connection.ts";

interface Drain {
  readonly connection: SessionConnection;
  readonly expiry: Expiry;
}

/** The connections that finish their calls before they are closed. */
export class Drains {
  #timeoutMs: number;
  readonly #context: SessionContext;
  readonly #dispatcher: CallDispatcher;
  readonly #subscriptions: Subscriptions;
  readonly #drained: (connection: SessionConnection) => void;
  readonly #drains: Map<ConnectionNumber, Drain> = new Map();

  constructor(
    context: SessionContext,
    dispatcher: CallDispatcher,
    subscriptions: Subscriptions,
    drained: (connection: SessionConnection) => void,
  ) {
    this.#timeoutMs = context.settings.drainTimeoutMs;
    this.#context = context;
    this.#dispatcher = dispatcher;
    this.#subscriptions = subscriptions;
    this.#drained = drained;
  }

  start(connection: SessionConnection): void {
    const { deadlines, clock } = this.#context.internals;
    const expiry = new Expiry(() => this.#giveUp(connection));
    this.#drains.set(connection.number, { connection, expiry });
    deadlines.add(expiry, clock.now() + this.#timeoutMs);
    this.check();
  }

  /** Shortens the time of current and later drains. */
  limit(timeoutMs: number): void {
    const { deadlines, clock } = this.#context.internals;
    this.#timeoutMs = timeoutMs;
    const latestMs = clock.now() + timeoutMs;
    for (const { expiry } of this.#drains.values()) {
      if (expiry.atMs <= latestMs) continue;
      deadlines.remove(expiry);
      deadlines.add(expiry, latestMs);
    }
  }

  stop(number: ConnectionNumber): void {
    const drain = this.#drains.get(number);
    if (drain !== undefined) this.#context.internals.deadlines.remove(drain.expiry);
    this.#drains.delete(number);
  }

  /** A connection is drained when no call and no subscription depends on it. */
  check(): void {
    for (const { connection } of this.#drains.values()) {
      if (this.#isNeeded(connection)) continue;
      this.stop(connection.number);
      this.#drained(connection);
    }
  }

  #isNeeded(connection: SessionConnection): boolean {
    if (connection.inFlight > 0) return true;
    return connection === this.#dispatcher.serving
      ? !this.#dispatcher.idle
      : this.#subscriptions.on(connection);
  }

  /** Its time is over: its pending calls fail. */
  #giveUp(connection: SessionConnection): void {
    this.stop(connection.number);
    if (!this.#dispatcher.open) {
      this.#dispatcher.giveUp();
      const message = "The session was closed, and the call was not answered within the timeoutMs of close";
      connection.settle({ code: "DISPOSED", message, details: { url: connection.url } });
    } else {
      const message = "The connection was replaced, and the call was not answered within drainTimeoutMs";
      connection.settle({ code: "CONNECTION_CLOSED", message, details: { url: connection.url } });
    }
    this.#drained(connection);
  }
}

import { Expiry } from "@outsock/core/foundation";
import type { Desk } from "../calls/call-dispatcher.ts";
import type { SessionContext } from "../context.ts";
import type { LegId } from "../lifecycle/state.ts";
import type { Subscriptions } from "../subscriptions/subscriptions.ts";
import type { Leg } from "./session-connection.ts";

interface Drain {
  readonly leg: Leg;
  readonly expiry: Expiry;
}

/** Connections that finish their calls before they are closed. */
export class Drains {
  #timeoutMs: number;
  readonly #context: SessionContext;
  readonly #desk: Desk;
  readonly #subscriptions: Subscriptions;
  readonly #drained: (leg: Leg) => void;
  readonly #drains: Map<LegId, Drain> = new Map();

  constructor(
    context: SessionContext,
    desk: Desk,
    subscriptions: Subscriptions,
    drained: (leg: Leg) => void,
  ) {
    this.#timeoutMs = context.settings.drainTimeoutMs;
    this.#context = context;
    this.#desk = desk;
    this.#subscriptions = subscriptions;
    this.#drained = drained;
  }

  start(leg: Leg): void {
    const { deadlines, clock } = this.#context.foundation;
    const expiry = new Expiry(() => this.#giveUp(leg));
    this.#drains.set(leg.number, { leg, expiry });
    deadlines.add(expiry, clock.now() + this.#timeoutMs);
    this.check();
  }

  /** From now on no longer than this, also for those that are under way. */
  limit(timeoutMs: number): void {
    const { deadlines, clock } = this.#context.foundation;
    this.#timeoutMs = timeoutMs;
    const latestMs = clock.now() + timeoutMs;
    for (const { expiry } of this.#drains.values()) {
      if (expiry.atMs <= latestMs) continue;
      deadlines.remove(expiry);
      deadlines.add(expiry, latestMs);
    }
  }

  stop(number: LegId): void {
    const drain = this.#drains.get(number);
    if (drain !== undefined) this.#context.foundation.deadlines.remove(drain.expiry);
    this.#drains.delete(number);
  }

  /** A connection is drained when nobody expects anything of it any more. */
  check(): void {
    for (const { leg } of this.#drains.values()) {
      if (this.#isExpected(leg)) continue;
      this.stop(leg.number);
      this.#drained(leg);
    }
  }

  #isExpected(leg: Leg): boolean {
    if (leg.inFlight > 0) return true;
    return leg === this.#desk.serving ? !this.#desk.idle : this.#subscriptions.on(leg);
  }

  /** Its time is over: what it still has to answer is not waited for. */
  #giveUp(leg: Leg): void {
    this.stop(leg.number);
    if (!this.#desk.open) {
      this.#desk.giveUp();
      const message = "The session was closed, and the time for its last calls (timeoutMs) was over";
      leg.settle({ code: "DISPOSED", message, details: { url: leg.url } });
    } else {
      const message =
        "The connection was to be closed, and the time for its last calls (drainTimeoutMs) was over";
      leg.settle({ code: "CONNECTION_CLOSED", message, details: { url: leg.url } });
    }
    this.#drained(leg);
  }
}

import type { Channel, OpenRequest, Timer } from "@outsock/core";
import { DialAttempt } from "./opening.ts";
import { DialThrottle, patienceMs } from "./pace.ts";
import type { PoolContext } from "./pool-context.ts";

/** Hears what comes of the dials that are still wanted, and of channels that open although they are not. */
export interface DialOutcome {
  opened(opening: DialAttempt, channel: Channel, isWanted: boolean): void;
  /** With the moment until which a call counts as having come with the dial. */
  failed(error: unknown, untilMs: number): void;
  /** One more dial may be started. */
  ready(): void;
}

/** The dials of one key that are under way, and when the next may be started. */
export class Dials {
  readonly #shared: PoolContext;
  readonly #outcome: DialOutcome;
  readonly #pace: DialThrottle = new DialThrottle();
  readonly #openings: Set<DialAttempt> = new Set();
  #patience: Timer | undefined;

  constructor(shared: PoolContext, outcome: DialOutcome) {
    this.#shared = shared;
    this.#outcome = outcome;
  }

  get size(): number {
    return this.#openings.size;
  }

  /** Something else was started that may make a dial needless. */
  startedBeside(nowMs: number): void {
    this.#pace.started(nowMs);
  }

  start(request: OpenRequest, nowMs: number): void {
    this.#pace.started(nowMs);
    this.#openings.add(
      new DialAttempt(this.#shared.transport, request, nowMs, {
        opened: (opening, channel) => this.#opened(opening, channel),
        failed: (opening, error) => this.#failed(opening, error),
      }),
    );
  }

  /** Milliseconds until one more may be started; where there is hope without it, later. */
  waitMs(isHopeful: boolean, nowMs: number): number {
    return isHopeful ? this.#pace.patienceMs(nowMs) : this.#pace.waitMs(this.size, nowMs);
  }

  /** Tells when one more may be started. */
  wait(ms: number): void {
    this.#patience = this.#shared.settings.clock.schedule(ms, () => {
      this.#pace.quicken();
      this.#outcome.ready();
    });
  }

  stopWaiting(): void {
    this.#patience?.cancel();
    this.#patience = undefined;
  }

  /** Gives up those beyond so many. */
  keepOnly(count: number): void {
    for (const opening of [...this.#openings].slice(count)) {
      this.#openings.delete(opening);
      opening.abort();
    }
  }

  #opened(opening: DialAttempt, channel: Channel): void {
    const isWanted = this.#openings.delete(opening);
    if (isWanted) this.#pace.quicken();
    this.#outcome.opened(opening, channel, isWanted);
  }

  #failed(opening: DialAttempt, error: unknown): void {
    if (!this.#openings.delete(opening)) return;
    this.#pace.failed();
    this.#outcome.failed(error, opening.startedAtMs + patienceMs);
  }
}

import { randomBytes } from "node:crypto";
import { Availability } from "./availability.ts";
import { LastAnswer } from "./last-answer.ts";
import type { LimiterSettings } from "./limiter-options.ts";
import { newTally, type Tally } from "./limiter-stats.ts";
import { LocalWindow } from "./local-window.ts";
import { Lease } from "./permit-lease.ts";
import type { Permits } from "./permits.ts";
import { RefusalMemory } from "./refusal-memory.ts";
import { Debt } from "./unreported-usage.ts";

/** What a limiter knows. */
export class State {
  readonly settings: LimiterSettings;
  /** Begins the names of its permits, so that no two processes have the same. */
  readonly owner: string = randomBytes(9).toString("base64url");
  readonly availability: Availability;
  readonly lease: Lease = new Lease();
  readonly refusals: RefusalMemory = new RefusalMemory();
  readonly window: LocalWindow;
  readonly debt: Debt;
  readonly lastAnswer: LastAnswer;
  readonly tally: Tally = newTally();
  /** Until then trips are expected to take longer than `leaseMs`. */
  slowUntilMs: number = Number.NEGATIVE_INFINITY;
  #era = 0;

  constructor(settings: LimiterSettings) {
    const { limit, windowMs } = settings;
    this.settings = settings;
    this.availability = new Availability(settings);
    this.window = new LocalWindow(settings);
    this.debt = new Debt(this.owner, windowMs, limit);
    this.lastAnswer = new LastAnswer(limit);
  }

  /** How often everything was forgotten: what is of another era counts nowhere any more. */
  get era(): number {
    return this.#era;
  }

  /** Permits that nobody used: they are used here in their time, else Redis gets them back. */
  keep(permits: Permits, nowMs: number): void {
    if (nowMs < permits.usableUntilMs) this.lease.put(permits);
    else this.lease.giveBack(permits);
  }

  forget(): void {
    this.#era += 1;
    this.lease.clear();
    this.debt.clear();
    this.window.clear();
    this.refusals.forget();
    this.lastAnswer.forget();
  }
}

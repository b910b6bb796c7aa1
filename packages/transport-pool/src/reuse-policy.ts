import { Balance } from "./balance.ts";
import type { PoolContext } from "./pool-context.ts";
import type { DiscardReason } from "./pool-stats.ts";
import { Trial } from "./trial.ts";

/** Whether a connection may be kept, and lent again: by its age, its pauses, and what went over it. */
export class ReusePolicy {
  readonly balance: Balance = new Balance();
  idleSinceMs: number;
  readonly #shared: PoolContext;
  readonly #openedAtMs: number;
  /** Until its second use. */
  #trial: Trial | undefined;
  #uses = 0;

  constructor(shared: PoolContext) {
    const { clock } = shared.settings;
    this.#shared = shared;
    this.#openedAtMs = clock.now();
    this.idleSinceMs = this.#openedAtMs;
    this.#trial = new Trial(clock);
  }

  /** Whether somebody has used it before the one who does now. */
  get isReused(): boolean {
    return this.#uses > 1;
  }

  lent(): void {
    this.#uses += 1;
    this.balance.begin();
  }

  sent(): void {
    this.balance.sent();
    this.#trial?.asked();
  }

  received(): void {
    this.balance.received();
    this.#trial?.answered();
  }

  returned(): void {
    this.idleSinceMs = this.#shared.settings.clock.now();
    this.#trial?.begin(this.idleSinceMs);
  }

  /** For how long it has to stay quiet before it has passed. */
  trialLeftMs(): number {
    return this.#trial?.leftMs(this.#shared.settings.clock.now()) ?? 0;
  }

  passed(): void {
    this.#trial = undefined;
    this.idleSinceMs = this.#shared.settings.clock.now();
  }

  /** Whether it has to show that it is alive and in step before it is lent: after a long pause, and after its first use. */
  isDoubtful(nowMs: number): boolean {
    return (this.#uses > 0 && this.#trial !== undefined) || this.wasIdleLong(nowMs);
  }

  wasIdleLong(nowMs: number): boolean {
    return nowMs - this.idleSinceMs >= this.#shared.settings.revalidateAfterMs;
  }

  /** Why it must not be lent any more; nothing where it may. */
  staleness(nowMs: number): DiscardReason | undefined {
    const { settings, transport } = this.#shared;
    if (nowMs - this.idleSinceMs >= settings.idleMs) return "idle-too-long";
    if (this.#isTooOld(nowMs)) return "too-old";
    return this.wasIdleLong(nowMs) && !transport.capabilities.ping ? "no-pong" : undefined;
  }

  /** Why it cannot be kept, closed so; nothing where it can. */
  trouble(code = 1000, reason = ""): DiscardReason | undefined {
    if (code !== 1000 || reason !== "") return "closed";
    if (this.#shared.disposed) return "disposed";
    return this.#isTooOld(this.#shared.settings.clock.now()) ? "too-old" : this.balance.trouble;
  }

  #isTooOld(nowMs: number): boolean {
    return nowMs - this.#openedAtMs >= this.#shared.settings.maxAgeMs;
  }
}

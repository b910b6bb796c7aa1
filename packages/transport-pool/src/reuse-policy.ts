import type { PoolContext } from "./pool-context.ts";
import type { DiscardReason } from "./pool-stats.ts";

/** How long a new connection has to stay quiet after its first use, in multiples of the time its slowest first reply took. */
const quietFactor = 2;

/**
 * A greeting that crosses the first message is taken for its reply, and from then on each reply for that to the next message.
 * So the first replies are timed, and the real one, which comes later, is waited for twice as long before the second use.
 */
type Probation =
  | { readonly phase: "timing"; readonly askedAtMs: number | undefined; readonly slowestMs: number }
  | { readonly phase: "quiet"; readonly untilMs: number }
  | { readonly phase: "passed" };

const passed: Probation = { phase: "passed" };

/**
 * Whether one connection may be kept and lent again: by its age, by its pauses, and by its messages. The pool cannot read
 * messages, so it counts them: one reply for each message sent, and nothing else.
 */
export class ReusePolicy {
  readonly #context: PoolContext;
  readonly #openedAtMs: number;
  #idleSinceMs: number;
  #uses = 0;
  #probation: Probation = { phase: "timing", askedAtMs: undefined, slowestMs: 0 };
  #sentCount = 0;
  #sentBeforeUse = 0;
  #receivedCount = 0;
  #pingsPending = 0;
  #wasUnsolicited = false;
  #sendFailed = false;

  constructor(context: PoolContext) {
    this.#context = context;
    this.#openedAtMs = context.settings.clock.now();
    this.#idleSinceMs = this.#openedAtMs;
  }

  get idleSinceMs(): number {
    return this.#idleSinceMs;
  }

  /** It had another user before the present one. */
  get isReused(): boolean {
    return this.#uses > 1;
  }

  /** A message that came now would be the reply to a previous user: the present one has not sent anything. */
  get expectsNothing(): boolean {
    return this.isReused && this.#sentCount === this.#sentBeforeUse;
  }

  lent(): void {
    this.#uses += 1;
    this.#sentBeforeUse = this.#sentCount;
  }

  sent(): void {
    this.#sentCount += 1;
    const probation = this.#probation;
    if (probation.phase !== "timing" || probation.askedAtMs !== undefined) return;
    this.#probation = { ...probation, askedAtMs: this.#now() };
  }

  /** The send announced by {@link sent} threw: whatever state the connection is in, it is not reusable. */
  sendFailed(): void {
    this.#sentCount -= 1;
    this.#sendFailed = true;
  }

  received(): void {
    this.#receivedCount += 1;
    this.#wasUnsolicited ||= this.#receivedCount > this.#sentCount;
    const probation = this.#probation;
    if (probation.phase !== "timing" || probation.askedAtMs === undefined) return;
    const slowestMs = Math.max(probation.slowestMs, this.#now() - probation.askedAtMs);
    this.#probation = { phase: "timing", askedAtMs: undefined, slowestMs };
  }

  pinged(): void {
    this.#pingsPending += 1;
  }

  ponged(): void {
    this.#pingsPending = Math.max(0, this.#pingsPending - 1);
  }

  /** Its user has given it back. */
  released(): void {
    this.#idleSinceMs = this.#now();
    if (this.#probation.phase !== "timing") return;
    this.#probation = {
      phase: "quiet",
      untilMs: this.#idleSinceMs + quietFactor * this.#probation.slowestMs,
    };
  }

  /** It has answered a probe, and stayed quiet for long enough. */
  validated(): void {
    this.#probation = passed;
    this.#idleSinceMs = this.#now();
  }

  /** Milliseconds for which it still has to stay quiet before its second use. */
  quietLeftMs(): number {
    return this.#probation.phase === "quiet" ? Math.max(0, this.#probation.untilMs - this.#now()) : 0;
  }

  /** It can be lent without a probe, which it needs after its first use and after a long pause. */
  isReady(nowMs: number): boolean {
    const isNew = this.#uses > 0 && this.#probation.phase !== "passed";
    return !isNew && !this.hasLongPause(nowMs) && this.expiry(nowMs) === undefined;
  }

  hasLongPause(nowMs: number): boolean {
    return nowMs - this.#idleSinceMs >= this.#context.settings.revalidateAfterMs;
  }

  /** Why it can no longer be lent; `undefined` if it can, perhaps after a probe. */
  expiry(nowMs: number): DiscardReason | undefined {
    const { settings, transport } = this.#context;
    if (nowMs - this.#idleSinceMs >= settings.idleMs) return "idle-too-long";
    if (this.#isTooOld(nowMs)) return "too-old";
    return this.hasLongPause(nowMs) && !transport.capabilities.ping ? "no-pong" : undefined;
  }

  /** Why it cannot be kept when it is closed like this; `undefined` if it can. */
  discardReason(code = 1000, reason = ""): DiscardReason | undefined {
    if (code !== 1000 || reason !== "") return "closed";
    if (this.#context.isDisposed) return "disposed";
    if (this.#isTooOld(this.#now())) return "too-old";
    if (this.#sendFailed) return "not-settled";
    if (this.#wasUnsolicited) return "unsolicited-message";
    if (this.#pingsPending > 0) return "not-settled";
    return this.#receivedCount < this.#sentCount ? "reply-owed" : undefined;
  }

  #isTooOld(nowMs: number): boolean {
    return nowMs - this.#openedAtMs >= this.#context.settings.maxAgeMs;
  }

  #now(): number {
    return this.#context.settings.clock.now();
  }
}

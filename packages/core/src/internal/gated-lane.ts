import { AdmissionLane, WaitingList } from "../admission/admission-lane.ts";
import type { AdmissionQueue, QueueEntry, Waiting } from "../admission/admission-queue.ts";
import { askLimiter } from "../admission/permit.ts";
import { refuseByFullQueue } from "../admission/refusals.ts";
import type { RateLimiter } from "../ports/rate-limiter.ts";

/** What the entries of a lane wait for besides the rate limiter: the calls of a session wait for a connection. */
export interface AdmissionGate {
  /** Whether an entry may go now. */
  ready(nowMs: number): boolean;
  /** The limiter that entries ask now. May throw. */
  limiter(): RateLimiter;
}

/** A lane of the queue with a gate, a bound, and a place for what is urgent. */
export class GatedLane extends AdmissionLane {
  readonly #gate: AdmissionGate;
  readonly #urgent: WaitingList = new WaitingList();

  constructor(queue: AdmissionQueue, gate: AdmissionGate, maxQueued: number) {
    super(queue, { maxQueued, waiting: 0, asked: 0 }, () => gate.limiter());
    this.#gate = gate;
  }

  /** Entries in their places. */
  get size(): number {
    return this.#urgent.size + this.ordinary.size;
  }

  /** Whether anything waits, for its turn or for a limiter's answer. */
  get busy(): boolean {
    return this.size + this.asked.size > 0;
  }

  override get head(): Waiting | undefined {
    return this.#urgent.front ?? this.ordinary.front;
  }

  override ready(nowMs: number): boolean {
    return this.#gate.ready(nowMs);
  }

  override accepts(limiter: RateLimiter): boolean {
    try {
      return this.limiter() === limiter && this.ready(this.queue.now());
    } catch {
      return false;
    }
  }

  override holds(waiting: Waiting): boolean {
    return this.#urgent.has(waiting) || this.ordinary.has(waiting);
  }

  /**
   * Takes an entry: it goes at once, waits, or is refused. What finds the gate closed waits for as long as it likes, and is then
   * paced by the limiter. What could go and meets the limit is treated by `onLimit`, whether others wait ahead of it or not.
   */
  submit(entry: QueueEntry): void {
    const { operation } = entry;
    const nowMs = operation.startedAtMs;
    const { maxQueued, waiting } = this.bound;
    if (!this.ready(nowMs)) {
      this.join(entry, Number.POSITIVE_INFINITY);
    } else if (this.size > 0) {
      this.queueBehind(entry, nowMs);
    } else if (this.asked.size > 0 && waiting >= maxQueued) {
      // Before the limiter is asked: it would keep a permit for an entry that does not come.
      entry.refuse(refuseByFullQueue(operation, maxQueued));
    } else {
      this.track(entry);
      try {
        const limiter = this.limiter();
        if (this.queue.wouldOvertake(limiter, entry.reserve, nowMs)) {
          this.release(entry);
          this.queueBehind(entry, nowMs);
        } else this.settle(entry, limiter, askLimiter(limiter, entry, nowMs));
      } catch (cause) {
        if (this.asked.has(entry)) this.fail(entry, cause);
      }
    }
  }

  /** Goes before all that were submitted, does not count against the bound, and waits for as long as it likes. */
  submitUrgent(entry: QueueEntry): void {
    this.release(entry);
    const waiting = this.remove(entry);
    // Others may not go before it.
    if (waiting !== undefined) this.queue.left(waiting, false);
    this.queue.join(this, this.#urgent, entry, Number.POSITIVE_INFINITY);
  }

  /** The gate may have opened. */
  advance(): void {
    if (this.size > 0) this.queue.advance(this);
  }

  /** A permit may have come free unforeseen. */
  retry(): void {
    this.queue.retry();
  }

  /** Empties the lane, and answers what was in it. */
  clear(): readonly QueueEntry[] {
    const entries = [...this.#urgent.entries(), ...this.ordinary.entries(), ...this.asked];
    for (const entry of this.asked) this.release(entry);
    // None of them may go meanwhile.
    const left = entries.map((entry) => this.remove(entry));
    for (const waiting of left) if (waiting !== undefined) this.queue.left(waiting, false);
    if (entries.length > 0) this.queue.retry();
    return entries;
  }

  protected override remove(entry: QueueEntry): Waiting | undefined {
    return this.#urgent.delete(entry) ?? super.remove(entry);
  }
}

import type { RateDecision, RateLimiter } from "../ports/rate-limiter.ts";
import {
  type AdmissionQueue,
  mayWait,
  type QueueEntry,
  type QueueLane,
  type Waiting,
} from "./admission-queue.ts";
import { giveBack, Permit } from "./permit.ts";
import { refuseByFullQueue, refuseByLimit, refuseByLimiterFailure } from "./refusals.ts";

/** How many entries may wait, over one lane or several. */
export interface QueueBound {
  readonly maxQueued: number;
  waiting: number;
  /** Those of them that wait only for a limiter's answer. */
  asked: number;
}

/** A part of the queue: all operations that ask one limiter. The calls of a session have a lane of their own, with a gate. */
export class AdmissionLane implements QueueLane {
  readonly queue: AdmissionQueue;
  readonly bound: QueueBound;
  readonly limiter: () => RateLimiter;
  protected readonly ordinary: WaitingList = new WaitingList();
  /** Entries that did not have to wait for others: the limiter was asked about each, and has not answered yet. */
  protected readonly asked: Set<QueueEntry> = new Set();

  constructor(queue: AdmissionQueue, bound: QueueBound, limiter: () => RateLimiter) {
    this.queue = queue;
    this.bound = bound;
    this.limiter = limiter;
  }

  get head(): Waiting | undefined {
    return this.ordinary.front;
  }

  ready(_nowMs: number): boolean {
    return true;
  }

  accepts(_limiter: RateLimiter): boolean {
    return true;
  }

  holds(waiting: Waiting): boolean {
    return this.ordinary.has(waiting);
  }

  /** Takes an entry behind others that wait already. */
  queueBehind(entry: QueueEntry, nowMs: number): void {
    const waitEndsAtMs = this.waitEndsAtMs(entry);
    const refusal = this.queue.refusal(this, entry, nowMs);
    if (refusal === undefined || refusal.untilMs <= waitEndsAtMs) this.join(entry, waitEndsAtMs);
    else this.refuse(entry, { ...refusal.decision, retryAfterMs: refusal.untilMs - nowMs });
  }

  /** Counts an entry that asks the limiter without waiting for others. Until it is settled it can be withdrawn. */
  track(entry: QueueEntry): void {
    this.asked.add(entry);
    this.bound.asked += 1;
    this.bound.waiting += 1;
  }

  /** What the limiter answers, or will answer, to an entry that is tracked. */
  settle(entry: QueueEntry, limiter: RateLimiter, answer: RateDecision | Promise<RateDecision>): void {
    if (!(answer instanceof Promise)) {
      this.#decide(entry, limiter, answer, false);
      return;
    }
    answer.then(
      (decision) => this.#decide(entry, limiter, decision, true),
      (cause) => {
        if (this.asked.has(entry)) this.fail(entry, cause);
      },
    );
  }

  /** It is over, or was withdrawn. */
  delete(entry: QueueEntry): void {
    this.release(entry);
    const { head } = this;
    const waiting = this.remove(entry);
    if (waiting !== undefined) this.queue.left(waiting, waiting === head);
  }

  refuse(entry: QueueEntry, decision: RateDecision): void {
    this.delete(entry);
    entry.refuse(refuseByLimit(entry.operation, entry.cost, decision, this.queue.context.settings.maxWaitMs));
  }

  fail(entry: QueueEntry, cause: unknown): void {
    this.delete(entry);
    entry.refuse(refuseByLimiterFailure(entry.operation, cause));
  }

  protected remove(entry: QueueEntry): Waiting | undefined {
    const waiting = this.ordinary.delete(entry);
    if (waiting !== undefined) this.bound.waiting -= 1;
    return waiting;
  }

  protected join(entry: QueueEntry, limitWaitEndsAtMs: number): void {
    if (!this.#hasRoom) {
      entry.refuse(refuseByFullQueue(entry.operation, this.bound.maxQueued));
      return;
    }
    this.bound.waiting += 1;
    if (Number.isFinite(limitWaitEndsAtMs)) entry.waitUntil(limitWaitEndsAtMs);
    this.queue.join(this, this.ordinary, entry, limitWaitEndsAtMs);
  }

  /** Under "reject" before now, so that no refusal is within it. */
  protected waitEndsAtMs({ operation }: QueueEntry): number {
    const { maxWaitMs } = this.queue.context.settings;
    return maxWaitMs === 0 ? Number.NEGATIVE_INFINITY : operation.startedAtMs + maxWaitMs;
  }

  get #hasRoom(): boolean {
    return this.bound.waiting < this.bound.maxQueued;
  }

  /** False where it was not tracked, or no longer. */
  protected release(entry: QueueEntry): boolean {
    const wasTracked = this.asked.delete(entry);
    if (wasTracked) {
      this.bound.asked -= 1;
      this.bound.waiting -= 1;
    }
    return wasTracked;
  }

  #decide(entry: QueueEntry, limiter: RateLimiter, decision: RateDecision, late: boolean): void {
    if (!this.asked.has(entry)) {
      giveBack(limiter, entry.cost, decision);
      return;
    }
    if (decision.allowed) {
      const permit = new Permit(limiter, entry.cost, decision);
      // A permit is for one server and for now, and a late one is not for overtaking.
      const goes = !late || (this.head === undefined && this.accepts(limiter));
      const gone = goes && entry.admit(permit);
      if (!gone) permit.giveBack();
      if (this.release(entry) && !gone) this.join(entry, Number.POSITIVE_INFINITY);
      return;
    }
    this.release(entry);
    const waitEndsAtMs = this.waitEndsAtMs(entry);
    if (!mayWait(decision, this.queue.now(), waitEndsAtMs)) {
      this.refuse(entry, decision);
      return;
    }
    if (this.#hasRoom) this.queue.noteRefusal(limiter, entry, decision);
    this.join(entry, waitEndsAtMs);
  }
}

/**
 * Entries in the order in which they came. A map keeps the places of those that left from its front for a while, so looking for its
 * first one anew each time would take longer and longer: one iterator goes on instead.
 */
export class WaitingList {
  readonly #waiting: Map<QueueEntry, Waiting> = new Map();
  readonly #rest: Iterator<Waiting, undefined> = this.#waiting.values();
  #front: Waiting | undefined;

  get size(): number {
    return this.#waiting.size;
  }

  get front(): Waiting | undefined {
    // Not where it is empty: an iterator that has once come to the end stays there.
    if (this.#front === undefined && this.size > 0) this.#front = this.#rest.next().value;
    return this.#front;
  }

  has(waiting: Waiting): boolean {
    return this.#waiting.get(waiting.entry) === waiting;
  }

  add(waiting: Waiting): void {
    this.#waiting.set(waiting.entry, waiting);
  }

  delete(entry: QueueEntry): Waiting | undefined {
    const waiting = this.#waiting.get(entry);
    this.#waiting.delete(entry);
    if (waiting === this.#front) this.#front = undefined;
    return waiting;
  }

  entries(): readonly QueueEntry[] {
    return [...this.#waiting.keys()];
  }
}

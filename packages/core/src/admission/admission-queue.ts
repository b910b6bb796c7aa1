import type { Operation } from "../operations/operation.ts";
import type { RateDecision, RateLimiter } from "../ports/rate-limiter.ts";
import type { Failure } from "../result.ts";
import { type Deadlines, Expiry } from "../time/deadlines.ts";
import type { Limiters } from "./limiters.ts";
import { askLimiter, giveBack, Permit } from "./permit.ts";
import { refusals } from "./refusals.ts";

/** What waits in the queue for its turn. */
export interface QueueEntry {
  readonly operation: Operation;
  readonly cost: number;
  /** Permits that it leaves for entries that are more urgent. */
  readonly reserve: number;
  readonly signal: AbortSignal | undefined;
  /** It has its place now; the rate limiter may keep it waiting until then. */
  waitUntil(limitWaitEndsAtMs: number): void;
  /** Its turn, with its permits. False where it cannot go now after all: it keeps its place, and the permits go back. */
  admit(permit: Permit): boolean;
  /** Ends it. */
  refuse(failure: Failure): void;
}

/** What entries of a lane wait for besides the rate limiter: those of a session wait for a connection. */
export interface AdmissionGate {
  /** Whether an entry may go now. */
  ready(nowMs: number): boolean;
  /** The limiter that entries ask now. May throw. */
  limiter(): RateLimiter;
}

/** How many may wait, over one lane or several. */
export class QueueBound {
  readonly maxQueued: number;
  waiting = 0;

  constructor(maxQueued: number) {
    this.maxQueued = maxQueued;
  }

  get full(): boolean {
    return this.waiting >= this.maxQueued;
  }
}

export interface QueueSettings {
  readonly deadlines: Pick<Deadlines, "add" | "remove">;
  readonly limiters: Limiters;
  /** `onLimit.wait`; 0 under `onLimit: "reject"`. */
  readonly maxWaitMs: number;
  now(): number;
}

/** An entry in its place. */
interface Waiting {
  readonly entry: QueueEntry;
  readonly lane: AdmissionLane;
  /** Counts over all lanes, in the order of arrival. */
  readonly place: number;
  /** Until when the rate limiter may keep it waiting. */
  readonly limitWaitEndsAtMs: number;
}

/** What a limiter refused, and until when asking again is of no use. */
interface LimiterRefusal {
  readonly untilMs: number;
  readonly reserve: number;
  readonly decision: RateDecision;
}

/**
 * The one queue of a manager: operations that wait for permits of the rate limiter, and calls of sessions that wait for a
 * connection, for room in flight, or for permits. Entries go in the order in which they came: the first one whose gate is open asks
 * the limiter. Where only the limit of its server refuses it, entries for other servers are asked next, so that no entry waits for
 * the permits of another server, and none is overtaken at the manager's own limit.
 */
export class AdmissionQueue {
  readonly maxWaitMs: number;
  readonly #settings: QueueSettings;
  /** Those in which something waits. */
  readonly #lanes: Set<AdmissionLane> = new Set();
  /** Their first entry could not go after all; they are passed over until something changes. */
  readonly #stalled: Set<AdmissionLane> = new Set();
  readonly #refused: Map<RateLimiter, LimiterRefusal> = new Map();
  #ownRefused: LimiterRefusal | undefined;
  readonly #wake: Expiry = new Expiry(() => this.advance());
  /** The entry that a limiter was asked about and has not answered for. */
  #asked: Waiting | undefined;
  #advancing = false;
  #placed = 0;

  constructor(settings: QueueSettings) {
    this.#settings = settings;
    this.maxWaitMs = settings.maxWaitMs;
  }

  get empty(): boolean {
    return this.#lanes.size === 0;
  }

  /** When a limiter is asked again; undefined where nothing waits for a permit. */
  get nextPermitInMs(): number | undefined {
    return this.#wake.index < 0 ? undefined : Math.max(0, this.#wake.atMs - this.now());
  }

  lane(gate: AdmissionGate, bound: QueueBound): AdmissionLane {
    return new AdmissionLane(this, gate, bound);
  }

  now(): number {
    return this.#settings.now();
  }

  /** Lets go what can go. Called whenever a gate may have opened. */
  advance(): void {
    if (this.#advancing || this.#asked !== undefined) return;
    this.#advancing = true;
    this.#stalled.clear();
    const nowMs = this.now();
    while (this.#step(nowMs)) {}
    this.#advancing = false;
  }

  /** The same, and asks the limiters again: what was refused may be allowed by now. */
  retry(): void {
    this.#refused.clear();
    this.#ownRefused = undefined;
    this.advance();
  }

  /** What a limiter refused and would refuse again now. */
  refusalOf(limiter: RateLimiter, reserve: number, nowMs: number): LimiterRefusal | undefined {
    const holds = (refusal: LimiterRefusal | undefined): boolean =>
      refusal !== undefined && nowMs < refusal.untilMs && reserve >= refusal.reserve;
    if (holds(this.#ownRefused)) return this.#ownRefused;
    const refusal = this.#refused.get(limiter);
    return holds(refusal) ? refusal : undefined;
  }

  noteRefusal(limiter: RateLimiter, reserve: number, decision: RateDecision): void {
    // Not before the next millisecond, so that a limiter that says "now" and means "no" is not asked without end.
    const untilMs = this.now() + Math.max(1, decision.retryAfterMs ?? 0);
    const refusal = { untilMs, reserve, decision };
    if (this.#settings.limiters.ownRefused(limiter, decision)) this.#ownRefused = refusal;
    else this.#refused.set(limiter, refusal);
  }

  nextPlace(): number {
    this.#placed += 1;
    return this.#placed;
  }

  joined(lane: AdmissionLane): void {
    this.#lanes.add(lane);
    this.advance();
  }

  left(waiting: Waiting, first: boolean): void {
    if (waiting.lane.size === 0) this.#lanes.delete(waiting.lane);
    const asked = this.#asked === waiting;
    // What a limiter never answers for must not hold up the others.
    if (asked) this.#asked = undefined;
    if (this.#lanes.size === 0) this.#settings.deadlines.remove(this.#wake);
    // The next one may need less.
    else if ((first || asked) && !this.#advancing) this.retry();
  }

  /** True when another entry may be asked about now. */
  #step(nowMs: number): boolean {
    const waiting = this.#next(nowMs);
    if (waiting === undefined) return false;
    const { entry, lane } = waiting;
    try {
      const limiter = lane.gate.limiter();
      const answer = askLimiter(limiter, entry.cost, nowMs, entry.signal, entry.reserve);
      if (!(answer instanceof Promise)) return this.#decide(waiting, limiter, answer);
      this.#asked = waiting;
      answer.then(
        (decision) => this.#answered(waiting, limiter, decision),
        (cause) => this.#answered(waiting, limiter, undefined, cause),
      );
      return false;
    } catch (cause) {
      return this.#fail(waiting, cause);
    }
  }

  /** A limiter answered later: the gate may have closed, and the entry may have left. */
  #answered(
    waiting: Waiting,
    limiter: RateLimiter,
    decision: RateDecision | undefined,
    cause?: unknown,
  ): void {
    const { entry, lane } = waiting;
    if (this.#asked !== waiting) {
      if (decision !== undefined) giveBack(limiter, entry.cost, decision);
      return;
    }
    this.#asked = undefined;
    this.#advancing = true;
    if (decision === undefined) this.#fail(waiting, cause);
    else if (decision.allowed && !lane.passes(limiter, this.now())) giveBack(limiter, entry.cost, decision);
    else this.#decide(waiting, limiter, decision);
    this.#advancing = false;
    this.advance();
  }

  #decide(waiting: Waiting, limiter: RateLimiter, decision: RateDecision): boolean {
    const { entry, lane, limitWaitEndsAtMs } = waiting;
    if (decision.allowed) {
      const permit = new Permit(limiter, entry.cost, decision);
      if (!lane.holds(waiting)) {
        permit.giveBack();
      } else if (entry.admit(permit)) {
        if (lane.holds(waiting)) lane.delete(entry);
      } else {
        permit.giveBack();
        this.#stalled.add(lane);
      }
      return true;
    }
    if (!lane.holds(waiting)) return true;
    const { retryAfterMs } = decision;
    if (retryAfterMs !== undefined && this.now() + retryAfterMs <= limitWaitEndsAtMs) {
      this.noteRefusal(limiter, entry.reserve, decision);
    } else {
      lane.delete(entry);
      entry.refuse(refusals.byLimit(entry.operation, entry.cost, decision, this.maxWaitMs));
    }
    return true;
  }

  #fail({ entry, lane }: Waiting, cause: unknown): true {
    lane.delete(entry);
    entry.refuse(refusals.byFailure(entry.operation, cause));
    return true;
  }

  /** The first entry whose gate is open and whose limiter has not just refused. Without one, sets when to look again. */
  #next(nowMs: number): Waiting | undefined {
    let next: Waiting | undefined;
    let wakeAtMs = Number.POSITIVE_INFINITY;
    for (const lane of this.#lanes) {
      const { head } = lane;
      if (head === undefined || this.#stalled.has(lane) || !lane.gate.ready(nowMs)) continue;
      if (next !== undefined && next.place < head.place) continue;
      const refusal = lane.refusalOf(head.entry.reserve, nowMs);
      if (refusal === undefined) next = head;
      else wakeAtMs = Math.min(wakeAtMs, refusal.untilMs);
    }
    const { deadlines } = this.#settings;
    deadlines.remove(this.#wake);
    if (next === undefined && wakeAtMs < Number.POSITIVE_INFINITY) deadlines.add(this.#wake, wakeAtMs);
    return next;
  }
}

/** The part of the queue that has one gate: all operations that ask one limiter, or the calls of one session. */
export class AdmissionLane {
  readonly gate: AdmissionGate;
  readonly #queue: AdmissionQueue;
  readonly #bound: QueueBound;
  readonly #urgent: WaitingList = new WaitingList();
  readonly #ordinary: WaitingList = new WaitingList();
  /** Entries that did not have to wait for others: the limiter was asked about each, and has not answered yet. */
  readonly #asked: Set<QueueEntry> = new Set();

  constructor(queue: AdmissionQueue, gate: AdmissionGate, bound: QueueBound) {
    this.#queue = queue;
    this.gate = gate;
    this.#bound = bound;
  }

  /** Entries in their places. */
  get size(): number {
    return this.#urgent.size + this.#ordinary.size;
  }

  /** Whether anything waits, for its turn or for a limiter's answer. */
  get busy(): boolean {
    return this.size > 0 || this.#asked.size > 0;
  }

  get head(): Waiting | undefined {
    return this.#urgent.front ?? this.#ordinary.front;
  }

  /**
   * Takes an entry: it goes at once, waits, or is refused. What finds the gate closed waits for as long as it likes, and is then
   * paced by the limiter. What could go and meets the limit is treated by `onLimit`, whether others wait ahead of it or not.
   */
  submit(entry: QueueEntry): void {
    const nowMs = entry.operation.startedAtMs;
    if (!this.gate.ready(nowMs)) {
      this.#join(entry, Number.POSITIVE_INFINITY);
    } else if (this.size > 0) {
      this.queueBehind(entry, nowMs);
    } else if (this.#asked.size > 0 && this.#bound.full) {
      // Before the limiter is asked: it would keep a permit for an entry that does not come.
      entry.refuse(refusals.byQueue(entry.operation, this.#bound.maxQueued));
    } else {
      try {
        const limiter = this.gate.limiter();
        this.settle(entry, limiter, askLimiter(limiter, entry.cost, nowMs, entry.signal, entry.reserve));
      } catch (cause) {
        entry.refuse(refusals.byFailure(entry.operation, cause));
      }
    }
  }

  /** Goes before all that were submitted, does not count against the bound, and waits for as long as it likes. */
  submitUrgent(entry: QueueEntry): void {
    if (this.#ordinary.delete(entry) !== undefined) this.#bound.waiting -= 1;
    this.#urgent.add(this.#waiting(entry, Number.POSITIVE_INFINITY));
    this.#queue.joined(this);
  }

  /** Others wait ahead of it already. */
  queueBehind(entry: QueueEntry, nowMs: number): void {
    const { operation, cost, reserve } = entry;
    const { maxWaitMs } = this.#queue;
    const waitEndsAtMs = operation.startedAtMs + maxWaitMs;
    const refusal = this.refusalOf(reserve, nowMs);
    if (refusal !== undefined && (maxWaitMs === 0 || refusal.untilMs > waitEndsAtMs)) {
      const decision = { ...refusal.decision, retryAfterMs: refusal.untilMs - nowMs };
      entry.refuse(refusals.byLimit(operation, cost, decision, maxWaitMs));
    } else {
      this.#join(entry, waitEndsAtMs);
    }
  }

  /** What the limiter answers, or will answer, to an entry that did not have to wait for others. */
  settle(entry: QueueEntry, limiter: RateLimiter, answer: RateDecision | Promise<RateDecision>): void {
    if (!(answer instanceof Promise)) {
      this.#decide(entry, limiter, answer, false);
      return;
    }
    this.#asked.add(entry);
    this.#bound.waiting += 1;
    answer.then(
      (decision) => {
        if (this.#forgetAsked(entry)) this.#decide(entry, limiter, decision, true);
        else giveBack(limiter, entry.cost, decision);
      },
      (cause) => {
        if (this.#forgetAsked(entry)) entry.refuse(refusals.byFailure(entry.operation, cause));
      },
    );
  }

  /** It is over, or was withdrawn. */
  delete(entry: QueueEntry): void {
    if (this.#forgetAsked(entry)) return;
    const { head } = this;
    let waiting = this.#urgent.delete(entry);
    if (waiting === undefined) {
      waiting = this.#ordinary.delete(entry);
      if (waiting === undefined) return;
      this.#bound.waiting -= 1;
    }
    this.#queue.left(waiting, waiting === head);
  }

  /** Empties the lane, and answers what was in it. */
  clear(): readonly QueueEntry[] {
    const { head } = this;
    const entries = [...this.#urgent.clear(), ...this.#ordinary.clear(), ...this.#asked];
    this.#asked.clear();
    this.#bound.waiting = 0;
    if (head !== undefined) this.#queue.left(head, true);
    return entries;
  }

  /** The gate may have opened. */
  advance(): void {
    if (this.size > 0) this.#queue.advance();
  }

  /** A permit may have come free unforeseen. */
  retry(): void {
    this.#queue.retry();
  }

  holds(waiting: Waiting): boolean {
    return this.#urgent.has(waiting) || this.#ordinary.has(waiting);
  }

  /** Whether a permit of this limiter is still of use. */
  passes(limiter: RateLimiter, nowMs: number): boolean {
    try {
      return this.gate.limiter() === limiter && this.gate.ready(nowMs);
    } catch {
      return false;
    }
  }

  refusalOf(reserve: number, nowMs: number): LimiterRefusal | undefined {
    try {
      return this.#queue.refusalOf(this.gate.limiter(), reserve, nowMs);
    } catch {
      // Asking fails the entry.
      return undefined;
    }
  }

  #decide(entry: QueueEntry, limiter: RateLimiter, decision: RateDecision, late: boolean): void {
    const { operation, cost, reserve } = entry;
    if (decision.allowed) {
      const permit = new Permit(limiter, cost, decision);
      // A permit is for one server and for now, and a late one is not for overtaking.
      const goes = !late || (this.size === 0 && this.passes(limiter, this.#queue.now()));
      if (goes && entry.admit(permit)) return;
      permit.giveBack();
      this.#join(entry, Number.POSITIVE_INFINITY);
      return;
    }
    const { maxWaitMs } = this.#queue;
    const waitEndsAtMs = operation.startedAtMs + maxWaitMs;
    const { retryAfterMs } = decision;
    if (maxWaitMs > 0 && retryAfterMs !== undefined && this.#queue.now() + retryAfterMs <= waitEndsAtMs) {
      this.#queue.noteRefusal(limiter, reserve, decision);
      this.#join(entry, waitEndsAtMs);
    } else {
      entry.refuse(refusals.byLimit(operation, cost, decision, maxWaitMs));
    }
  }

  #join(entry: QueueEntry, limitWaitEndsAtMs: number): void {
    if (this.#bound.full) {
      entry.refuse(refusals.byQueue(entry.operation, this.#bound.maxQueued));
      return;
    }
    this.#bound.waiting += 1;
    this.#ordinary.add(this.#waiting(entry, limitWaitEndsAtMs));
    entry.waitUntil(limitWaitEndsAtMs);
    this.#queue.joined(this);
  }

  #waiting(entry: QueueEntry, limitWaitEndsAtMs: number): Waiting {
    return { entry, lane: this, place: this.#queue.nextPlace(), limitWaitEndsAtMs };
  }

  #forgetAsked(entry: QueueEntry): boolean {
    if (!this.#asked.delete(entry)) return false;
    this.#bound.waiting -= 1;
    return true;
  }
}

/**
 * Entries in the order in which they came. A map keeps the places of those that left from its front for a while, so looking for its
 * first one anew each time would take longer and longer: one iterator goes on instead.
 */
class WaitingList {
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
    this.delete(waiting.entry);
    this.#waiting.set(waiting.entry, waiting);
  }

  delete(entry: QueueEntry): Waiting | undefined {
    const waiting = this.#waiting.get(entry);
    if (waiting === undefined) return undefined;
    if (waiting === this.#front) this.#front = undefined;
    this.#waiting.delete(entry);
    return waiting;
  }

  clear(): readonly QueueEntry[] {
    const entries = [...this.#waiting.keys()];
    this.#waiting.clear();
    this.#front = undefined;
    return entries;
  }
}

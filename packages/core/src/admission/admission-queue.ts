import type { Operation } from "../operations/operation.ts";
import type { Settings } from "../options/manager-options.ts";
import type { RateDecision, RateLimiter } from "../ports/rate-limiter.ts";
import type { Failure } from "../result.ts";
import type { Recorder } from "../stats/recorder.ts";
import { type Deadlines, Expiry } from "../time/deadlines.ts";
import type { Limiters } from "./limiters.ts";
import { askLimiter, giveBack, Permit } from "./permit.ts";
import { refuseByFullQueue, refuseByLimit, refuseByLimiterFailure } from "./refusals.ts";

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

/** How many entries may wait, over one lane or several. */
export interface QueueBound {
  readonly maxQueued: number;
  waiting: number;
  /** Those of them that wait only for a limiter's answer. */
  asked: number;
}

/** What the queue needs of its manager. */
export interface QueueContext {
  readonly deadlines: Pick<Deadlines, "add" | "remove">;
  readonly recorder: Pick<Recorder, "now">;
  readonly settings: Pick<Settings, "maxWaitMs">;
}

/** An entry in its place. */
export interface Waiting {
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
 * connection, for room in flight, or for permits. Entries go in the order in which they came: the first one that is ready asks the
 * limiter. Where only the limit of its server refuses it, entries for other servers are asked next, so that no entry waits for the
 * permits of another server, and none is overtaken at the manager's own limit.
 */
export class AdmissionQueue {
  readonly context: QueueContext;
  readonly #limiters: Limiters;
  /** Those in which something waits. */
  readonly #lanes: Set<AdmissionLane> = new Set();
  /** Those to look at: their first entry may be able to go. */
  readonly #due: Set<AdmissionLane> = new Set();
  /** Until they are asked again. */
  readonly #refused: Map<RateLimiter, LimiterRefusal> = new Map();
  /** Joined while no refusal was known that they had to wait for. */
  readonly #unjudged: Set<Waiting> = new Set();
  #refusedAnew = false;
  readonly #wake: Expiry = new Expiry(() => this.advance());
  /** The entry of each lane that a limiter was asked about and has not answered for. */
  readonly #asked: Map<AdmissionLane, Waiting> = new Map();
  /** The entry that is admitted or refused just now. */
  #deciding: Waiting | undefined;
  #advancing = false;
  #placed = 0;

  constructor(context: QueueContext, limiters: Limiters) {
    this.context = context;
    this.#limiters = limiters;
  }

  now(): number {
    return this.context.recorder.now();
  }

  get empty(): boolean {
    return this.#lanes.size === 0;
  }

  /** When a limiter is asked again; undefined where nothing waits for a permit. */
  get nextPermitInMs(): number | undefined {
    return this.#wake.index < 0 ? undefined : Math.max(0, this.#wake.atMs - this.now());
  }

  /** Lets go what can go: of one lane, where only there an entry may have become ready, or of all. */
  advance(lane?: AdmissionLane): void {
    if (lane === undefined) this.#lookAtAll();
    else if (this.#lanes.has(lane)) this.#due.add(lane);
    if (!this.#advancing) this.#advance();
  }

  #advance(): void {
    this.#advancing = true;
    try {
      const nowMs = this.now();
      for (const [limiter, { untilMs }] of this.#refused) {
        if (untilMs > nowMs) continue;
        this.#refused.delete(limiter);
        this.#lookAtAll();
      }
      do {
        for (let next = this.#next(nowMs); next !== undefined; next = this.#next(nowMs))
          this.#ask(next, nowMs);
      } while (this.#judge(nowMs));
    } finally {
      this.#advancing = false;
    }
  }

  /** The same, and asks the limiters again: what was refused may be allowed by now. */
  retry(): void {
    this.#refused.clear();
    this.advance();
  }

  /** Whether an entry that asks this limiter at once may overtake one that waits for the same permits. */
  wouldOvertake(limiter: RateLimiter, reserve: number, nowMs: number): boolean {
    if (this.#advancing) return true;
    const refusal = this.#noted(limiter, reserve);
    if (refusal === undefined || nowMs < refusal.untilMs) return refusal !== undefined;
    // The timer is late, or nothing that was refused is ready.
    this.advance();
    return this.#asked.size > 0 || this.#noted(limiter, reserve) !== undefined;
  }

  /** What the limiter of a lane refused and would refuse again now, for an entry. */
  refusal(lane: AdmissionLane, { reserve }: QueueEntry, nowMs: number): LimiterRefusal | undefined {
    try {
      const refusal = this.#noted(lane.limiter(), reserve);
      return refusal !== undefined && nowMs < refusal.untilMs ? refusal : undefined;
    } catch {
      // Asking fails the entry.
      return undefined;
    }
  }

  /** Of an entry that waits. */
  noteRefusal(limiter: RateLimiter, { reserve }: QueueEntry, decision: RateDecision): void {
    const limiters = this.#limiters;
    const nowMs = this.now();
    const note = (refused: RateLimiter, refusal: RateDecision): void => {
      // Not before the next millisecond, so that a limiter that says "now" and means "no" is not asked without end.
      const untilMs = nowMs + Math.max(1, refusal.retryAfterMs ?? 0);
      this.#refused.set(refused, { untilMs, reserve, decision: refusal });
    };
    note(limiter, decision);
    // The permits of a server may take longer: others need not wait for these.
    const own = limiters.ownRefusal(limiter, decision);
    if (own !== undefined) note(limiters.own, own);
    this.#refusedAnew = true;
  }

  join(lane: AdmissionLane, list: WaitingList, entry: QueueEntry, limitWaitEndsAtMs: number): void {
    this.#placed += 1;
    const waiting = { entry, lane, place: this.#placed, limitWaitEndsAtMs };
    list.add(waiting);
    if (limitWaitEndsAtMs < Number.POSITIVE_INFINITY) this.#unjudged.add(waiting);
    this.#lanes.add(lane);
    this.advance(lane);
  }

  left(waiting: Waiting, wasHead: boolean): void {
    const { lane } = waiting;
    const asked = this.#asked.get(lane) === waiting;
    if (lane.head === undefined) this.#lanes.delete(lane);
    else this.#due.add(lane);
    this.#unjudged.delete(waiting);
    // What a limiter never answers for must not hold up the others.
    if (asked) this.#asked.delete(lane);
    // The next one may need less.
    if ((wasHead || asked) && this.#deciding !== waiting) this.retry();
  }

  #lookAtAll(): void {
    for (const lane of this.#lanes) this.#due.add(lane);
    this.context.deadlines.remove(this.#wake);
  }

  /** The first entry that is ready and whose limiter has not just refused. Sets when to look again at those that were refused. */
  #next(nowMs: number): Waiting | undefined {
    let next: Waiting | undefined;
    for (const lane of this.#due) {
      const { head } = lane;
      if (head === undefined || this.#asked.has(lane) || !lane.ready(nowMs)) {
        this.#due.delete(lane);
        continue;
      }
      if (next !== undefined && next.place < head.place) continue;
      const refusal = this.refusal(lane, head.entry, nowMs);
      if (refusal === undefined) next = head;
      else {
        this.#due.delete(lane);
        this.#wakeBy(refusal.untilMs);
      }
    }
    return next;
  }

  #wakeBy(atMs: number): void {
    if (this.#wake.index >= 0 && this.#wake.atMs <= atMs) return;
    this.context.deadlines.remove(this.#wake);
    this.context.deadlines.add(this.#wake, atMs);
  }

  #ask(waiting: Waiting, nowMs: number): void {
    const { entry, lane } = waiting;
    let limiter: RateLimiter;
    let answer: RateDecision | Promise<RateDecision>;
    try {
      limiter = lane.limiter();
      answer = askLimiter(limiter, entry, nowMs);
    } catch (cause) {
      if (lane.holds(waiting)) lane.fail(entry, cause);
      return;
    }
    if (!(answer instanceof Promise)) {
      this.#decide(waiting, limiter, answer);
      return;
    }
    // A limiter may end what it is asked for.
    if (lane.holds(waiting)) this.#asked.set(lane, waiting);
    answer.then(
      (decision) => {
        // It may have left meanwhile, or its gate may have closed.
        const useful = this.#asked.get(lane) === waiting && (!decision.allowed || lane.accepts(limiter));
        if (!useful) giveBack(limiter, entry.cost, decision);
        this.#resume(waiting, () => useful && this.#decide(waiting, limiter, decision));
      },
      (cause) => this.#resume(waiting, () => lane.fail(entry, cause)),
    );
  }

  #resume(waiting: Waiting, act: () => unknown): void {
    const { lane } = waiting;
    if (this.#asked.get(lane) !== waiting) return;
    this.#asked.delete(lane);
    this.#due.add(lane);
    this.#advancing = true;
    try {
      act();
    } finally {
      this.#advance();
    }
  }

  /** The refusal that lasts longer: that of the manager's own limiter, or of this one. */
  #noted(limiter: RateLimiter, reserve: number): LimiterRefusal | undefined {
    let last: LimiterRefusal | undefined;
    for (const one of [this.#limiters.own, limiter]) {
      const refusal = this.#refused.get(one);
      if (refusal === undefined || reserve < refusal.reserve) continue;
      if (last === undefined || refusal.untilMs > last.untilMs) last = refusal;
    }
    return last;
  }

  /** Refuses those that are not to wait as long as what was refused to others before them. Whether there were any. */
  #judge(nowMs: number): boolean {
    if (!this.#refusedAnew) return false;
    this.#refusedAnew = false;
    let any = false;
    for (const waiting of this.#unjudged) {
      const { entry, lane, limitWaitEndsAtMs } = waiting;
      const refusal = this.refusal(lane, entry, nowMs);
      if (refusal === undefined) continue;
      this.#unjudged.delete(waiting);
      if (refusal.untilMs <= limitWaitEndsAtMs) continue;
      any = true;
      this.#deciding = waiting;
      lane.refuse(entry, { ...refusal.decision, retryAfterMs: refusal.untilMs - nowMs });
      this.#deciding = undefined;
    }
    return any;
  }

  #decide(waiting: Waiting, limiter: RateLimiter, decision: RateDecision): void {
    const { entry, lane, limitWaitEndsAtMs } = waiting;
    if (!lane.holds(waiting)) {
      giveBack(limiter, entry.cost, decision);
      return;
    }
    this.#deciding = waiting;
    try {
      if (decision.allowed) this.#admit(waiting, new Permit(limiter, entry.cost, decision));
      else if (mayWait(decision, this.now(), limitWaitEndsAtMs)) this.noteRefusal(limiter, entry, decision);
      else lane.refuse(entry, decision);
    } finally {
      this.#deciding = undefined;
    }
  }

  #admit(waiting: Waiting, permit: Permit): void {
    const { entry, lane } = waiting;
    let gone = false;
    try {
      gone = entry.admit(permit);
    } finally {
      if (gone) {
        if (lane.holds(waiting)) lane.delete(entry);
      } else {
        permit.giveBack();
        // It is passed over until something changes.
        this.#due.delete(lane);
      }
    }
  }
}

/** Whether an entry that may wait until then is to wait as long as the limiter says. */
function mayWait({ retryAfterMs }: RateDecision, nowMs: number, waitEndsAtMs: number): boolean {
  return retryAfterMs !== undefined && nowMs + retryAfterMs <= waitEndsAtMs;
}

/** A part of the queue: all operations that ask one limiter. The calls of a session have a lane of their own, with a gate. */
export class AdmissionLane {
  readonly queue: AdmissionQueue;
  readonly bound: QueueBound;
  /** The limiter that its entries ask now. May throw. */
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

  /** Whether its first entry may go. */
  ready(_nowMs: number): boolean {
    return true;
  }

  /** Whether a permit of this limiter, which came later, is still of use. */
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

import type { Operation } from "../operations/operation.ts";
import type { Settings } from "../options/manager-options.ts";
import type { RateDecision, RateLimiter } from "../ports/rate-limiter.ts";
import type { Failure } from "../result.ts";
import type { Recorder } from "../stats/recorder.ts";
import { type Deadlines, Expiry } from "../time/deadlines.ts";
import type { Limiters } from "./limiters.ts";
import { askLimiter, giveBack, Permit } from "./permit.ts";

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

/** What the queue needs of its manager. */
export interface QueueContext {
  readonly deadlines: Pick<Deadlines, "add" | "remove">;
  readonly recorder: Pick<Recorder, "now">;
  readonly settings: Pick<Settings, "maxWaitMs">;
}

/** A part of the queue, as the queue sees it. Its entries ask one limiter, in their order. */
export interface QueueLane {
  readonly head: Waiting | undefined;
  /** The limiter that its entries ask now. May throw. */
  limiter(): RateLimiter;
  /** Whether its first entry may go. */
  ready(nowMs: number): boolean;
  /** Whether a permit of this limiter, which came later, is still of use. */
  accepts(limiter: RateLimiter): boolean;
  holds(waiting: Waiting): boolean;
  /** Its entry is over. */
  delete(entry: QueueEntry): void;
  refuse(entry: QueueEntry, decision: RateDecision): void;
  /** Its limiter failed. */
  fail(entry: QueueEntry, cause: unknown): void;
}

/** An entry in its place. */
export interface Waiting {
  readonly entry: QueueEntry;
  readonly lane: QueueLane;
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
  readonly #lanes: Set<QueueLane> = new Set();
  /** Those to look at: their first entry may be able to go. */
  readonly #due: Set<QueueLane> = new Set();
  /** Until they are asked again. */
  readonly #refused: Map<RateLimiter, LimiterRefusal> = new Map();
  /** Joined while no refusal was known that they had to wait for. */
  readonly #unjudged: Set<Waiting> = new Set();
  #refusedAnew = false;
  readonly #wake: Expiry = new Expiry(() => this.advance());
  /** The entry of each lane that a limiter was asked about and has not answered for. */
  readonly #asked: Map<QueueLane, Waiting> = new Map();
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
  advance(lane?: QueueLane): void {
    if (lane === undefined) this.#lookAtAll();
    else this.#due.add(lane);
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
  refusal(lane: QueueLane, { reserve }: QueueEntry, nowMs: number): LimiterRefusal | undefined {
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

  join(
    lane: QueueLane,
    list: { add(waiting: Waiting): void },
    entry: QueueEntry,
    limitWaitEndsAtMs: number,
  ): void {
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
export function mayWait({ retryAfterMs }: RateDecision, nowMs: number, waitEndsAtMs: number): boolean {
  return retryAfterMs !== undefined && nowMs + retryAfterMs <= waitEndsAtMs;
}

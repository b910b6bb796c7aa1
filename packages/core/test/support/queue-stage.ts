import { ownLimiter } from "../../src/admission/admission.ts";
import { AdmissionQueue, type QueueEntry } from "../../src/admission/admission-queue.ts";
import { joinLimits } from "../../src/admission/limiters.ts";
import type { Permit } from "../../src/admission/permit.ts";
import type { Failure, RateLimiter } from "../../src/index.ts";
import { serverLimits, slidingWindow } from "../../src/index.ts";
import { GatedLane } from "../../src/internal/gated-lane.ts";
import { Operation } from "../../src/operations/operation.ts";
import { Recorder } from "../../src/stats/recorder.ts";
import { manualClock } from "../../src/testing.ts";
import { type Deadline, Deadlines } from "../../src/time/deadlines.ts";

interface QueueStageOptions {
  readonly own?: RateLimiter;
  /** The limit of each server. */
  readonly ofServer?: (host: string) => RateLimiter;
  /** `onLimit.wait`; 0 is `onLimit: "reject"`. */
  readonly maxWaitMs?: number;
  readonly timeoutMs?: number;
}

interface LaneOptions {
  readonly host?: string;
  readonly maxQueued?: number;
}

/** How an entry fared: "sent", or the code it ended with. */
type Outcome = "sent" | (string & {});

/** An entry that ends itself in time, as a call does, and forgets its lane then. */
export class StagedEntry implements QueueEntry, Deadline {
  atMs = 0;
  index = -1;
  readonly name: string;
  readonly operation: Operation;
  readonly cost: number;
  readonly reserve: number;
  readonly signal = undefined;
  readonly outcomes: Outcome[] = [];
  failure: Failure | undefined;
  admittedAtMs: number | undefined;
  /** What it does when it is admitted. False: it does not go. */
  onAdmit: () => unknown = () => undefined;
  onRefuse: () => void = () => undefined;
  readonly #stage: QueueStage;
  readonly #lane: StagedLane;
  readonly #endsAtMs: number;

  constructor(stage: QueueStage, lane: StagedLane, name: string, cost: number, reserve: number) {
    this.#stage = stage;
    this.#lane = lane;
    this.name = name;
    this.operation = stage.operation();
    this.cost = cost;
    this.reserve = reserve;
    this.#endsAtMs = this.operation.startedAtMs + stage.timeoutMs;
    stage.deadlines.add(this, this.#endsAtMs);
  }

  waitUntil(limitWaitEndsAtMs: number): void {
    if (limitWaitEndsAtMs < this.#endsAtMs) this.#expireAt(limitWaitEndsAtMs);
  }

  admit(permit: Permit): boolean {
    if (this.outcomes.length > 0 || this.onAdmit() === false) return false;
    // What it does may have ended it.
    if (this.outcomes.length > 0) {
      permit.giveBack();
      return true;
    }
    this.admittedAtMs = this.#stage.clock.now();
    this.#stage.sent.push(this.name);
    this.#stage.used += this.cost;
    this.#end("sent");
    return true;
  }

  refuse(failure: Failure): void {
    if (this.outcomes.length === 0) this.failure = failure;
    this.onRefuse();
    this.#end(failure.error.code);
  }

  expire(): void {
    if (this.atMs < this.#endsAtMs) this.#lane.retry();
    if (this.outcomes.length === 0) this.#end("EXPIRED");
  }

  abort(): void {
    if (this.outcomes.length === 0) this.#end("ABORTED");
  }

  #end(outcome: Outcome): void {
    this.outcomes.push(outcome);
    this.#stage.deadlines.remove(this);
    this.#lane.delete(this);
  }

  #expireAt(atMs: number): void {
    this.#stage.deadlines.remove(this);
    this.#stage.deadlines.add(this, atMs);
  }
}

export class StagedLane extends GatedLane {
  readonly gate: { open: boolean; host: string };
  readonly #stage: QueueStage;

  constructor(stage: QueueStage, { host = "a.test", maxQueued = 100 }: LaneOptions) {
    const gate = { open: true, host };
    const limiter = (): RateLimiter => stage.limiters.of({ action: "message", url: `ws://${gate.host}/` });
    super(stage.queue, { ready: () => gate.open, limiter }, maxQueued);
    this.gate = gate;
    this.#stage = stage;
  }

  entry(name: string, { cost = 1, reserve = 0 } = {}): StagedEntry {
    return new StagedEntry(this.#stage, this, name, cost, reserve);
  }

  /** Submits an entry of this name. */
  put(name: string, options: { cost?: number; reserve?: number } = {}): StagedEntry {
    const entry = this.entry(name, options);
    this.submit(entry);
    return entry;
  }

  /** Opens or closes the gate, and says so. */
  open(open = true): void {
    this.gate.open = open;
    this.advance();
  }
}

/** The admission queue alone, on a manual clock. */
export class QueueStage {
  readonly clock = manualClock(1_000);
  readonly deadlines = new Deadlines(this.clock);
  readonly own: RateLimiter;
  readonly limiters;
  readonly queue: AdmissionQueue;
  readonly timeoutMs: number;
  /** The names of those that were admitted, in order. */
  readonly sent: string[] = [];
  /** Permits of those. */
  used = 0;
  readonly #recorder = new Recorder(undefined, this.clock);

  constructor(options: QueueStageOptions = {}) {
    const { own = slidingWindow({ limit: 1, windowMs: 100 }), ofServer, maxWaitMs = 0 } = options;
    this.own = own;
    this.timeoutMs = options.timeoutMs ?? 10_000;
    this.limiters =
      ofServer === undefined
        ? ownLimiter(own)
        : serverLimits({ message: ofServer })[joinLimits](own, this.clock);
    this.queue = new AdmissionQueue(
      { deadlines: this.deadlines, recorder: this.#recorder, settings: { maxWaitMs } },
      this.limiters,
    );
  }

  lane(options: LaneOptions = {}): StagedLane {
    return new StagedLane(this, options);
  }

  operation(): Operation {
    return new Operation("call", "id", this.clock.now(), this.#recorder);
  }
}

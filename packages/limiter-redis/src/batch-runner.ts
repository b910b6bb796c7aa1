import type { Timer } from "@outsock/core";
import { type Batch, type BatchReply, decodeReply, encodeBatch, type PendingAcquire } from "./batch.ts";
import { BatchResults } from "./batch-results.ts";
import type { DecisionMaker } from "./decisions.ts";
import type { LimiterState } from "./limiter-state.ts";
import type { RunScript } from "./redis-client.ts";
import { batchScript } from "./scripts.ts";

/** More acquires in one batch would block Redis for its other clients. */
const mostAcquires = 500;

/** Runs one batch at a time. Calls made meanwhile go with the next one, in order. */
export class BatchRunner {
  readonly #state: LimiterState;
  readonly #run: RunScript;
  readonly #decisions: DecisionMaker;
  readonly #builder: BatchBuilder;
  readonly #results: BatchResults;
  #queue: PendingAcquire[] = [];
  #inFlight: Batch | undefined;
  /** Of the batch in flight. */
  #timer: Timer | undefined;
  #sentCount = 0;

  constructor(state: LimiterState, run: RunScript, decisions: DecisionMaker) {
    this.#state = state;
    this.#run = run;
    this.#decisions = decisions;
    this.#builder = new BatchBuilder(state);
    this.#results = new BatchResults(state, decisions);
  }

  get sentCount(): number {
    return this.#sentCount;
  }

  /** Whether calls wait for the next batch. */
  get isQueued(): boolean {
    return this.#queue.length > 0;
  }

  add(acquire: PendingAcquire, nowMs: number): void {
    this.#queue.push(acquire);
    if (this.#inFlight === undefined) this.#send(nowMs);
  }

  /** Whether a batch may be sent or joined now. While Redis is unavailable, one at a time finds out whether it is back. */
  canSend(nowMs: number): boolean {
    const { availability } = this.#state;
    return availability.isUp || (this.#inFlight === undefined && availability.mayTry(nowMs));
  }

  /** Returns permits to Redis at the end of this turn, together with the calls made until then. */
  flushSoon(): void {
    queueMicrotask(() => {
      if (this.#inFlight === undefined && this.#state.availability.isUp) this.#advance(this.#now());
    });
  }

  #send(nowMs: number): void {
    const { settings } = this.#state;
    const acquires = this.#queue.splice(0, mostAcquires).filter((acquire) => !acquire.isSettled);
    const batch = this.#builder.build(acquires, nowMs);
    this.#sentCount += 1;
    this.#inFlight = batch;
    this.#watch(batch, settings.commandTimeoutMs, () => this.#expire(batch));
    this.#run(batchScript, settings.key, encodeBatch(batch, settings)).then(
      (reply) => this.#receive(batch, reply),
      (error) => this.#fail(batch, error),
    );
  }

  #watch(batch: Batch, delayMs: number, then: () => void): void {
    this.#timer = this.#state.settings.clock.schedule(delayMs, then);
    if (batch.acquires.length === 0) this.#timer.unref();
  }

  /** After a freeze timers run before sockets are read: if this one runs late, the reply may be there already. */
  #expire(batch: Batch): void {
    const overtimeMs = this.#now() - batch.sentMs - this.#state.settings.commandTimeoutMs;
    if (overtimeMs > 1) this.#watch(batch, 1, () => this.#giveUp(batch));
    else this.#giveUp(batch);
  }

  #receive(batch: Batch, value: unknown): void {
    let reply: BatchReply;
    try {
      reply = decodeReply(value, batch);
    } catch (error) {
      return this.#fail(batch, error);
    }
    const nowMs = this.#now();
    if (this.#inFlight !== batch) return this.#receiveLate(batch, reply, nowMs);
    this.#end();
    this.#state.availability.answered();
    const again = this.#results.apply(batch, reply, nowMs);
    if (again.length > 0) this.#queue = [...again, ...this.#queue];
    this.#advance(nowMs);
  }

  #receiveLate(batch: Batch, reply: BatchReply, nowMs: number): void {
    this.#state.availability.ended(batch);
    this.#results.applyLate(batch, reply, nowMs);
    if (this.#builder.isDue) this.flushSoon();
  }

  #fail(batch: Batch, error: unknown): void {
    const nowMs = this.#now();
    this.#results.returnTaken(batch, nowMs);
    if (this.#inFlight !== batch) return this.#state.availability.ended(batch);
    this.#state.availability.failed(error, nowMs);
    this.#decideAll(batch, nowMs);
  }

  #giveUp(batch: Batch): void {
    const { availability, settings } = this.#state;
    const nowMs = this.#now();
    const error = new Error(`Redis did not answer within ${settings.commandTimeoutMs} ms`);
    availability.failed(error, nowMs, batch);
    this.#decideAll(batch, nowMs);
  }

  /** Decides the batch's acquires and those that wait without Redis. */
  #decideAll(batch: Batch, nowMs: number): void {
    this.#end();
    this.#results.returnAgain(batch);
    const acquires = [...batch.acquires, ...this.#queue];
    this.#queue = [];
    for (const acquire of acquires) {
      const { isSettled, cost, reserve } = acquire;
      if (!isSettled) acquire.resolve(this.#decisions.decideWithoutRedis(cost, reserve, nowMs));
    }
  }

  #end(): void {
    this.#timer?.cancel();
    this.#inFlight = undefined;
  }

  /** Settles the calls at the head of the queue that need no batch any more, and sends the next batch for the others. */
  #advance(nowMs: number): void {
    let settled = 0;
    for (const acquire of this.#queue) {
      if (!acquire.isSettled) {
        const decision = this.#decisions.decideLocally(acquire.cost, acquire.reserve, nowMs, true);
        if (decision === undefined) break;
        acquire.resolve(decision);
      }
      settled += 1;
    }
    this.#queue.splice(0, settled);
    if (this.#queue.length > 0 || this.#builder.isDue) this.#send(nowMs);
  }

  #now(): number {
    return this.#state.settings.clock.now();
  }
}

/** Builds batches: calls that wait, permits to return, usage to report, and permits to take in advance. */
class BatchBuilder {
  readonly #state: LimiterState;
  #builtCount = 0;

  constructor(state: LimiterState) {
    this.#state = state;
  }

  /** Whether a batch is worth sending although no call waits. */
  get isDue(): boolean {
    return this.#state.lease.hasReturns || this.#state.unreported.isDue;
  }

  build(acquires: readonly PendingAcquire[], nowMs: number): Batch {
    const { owner, settings, lease, unreported, generation } = this.#state;
    this.#builtCount += 1;
    return {
      prefix: `${owner}:${this.#builtCount.toString(36)}:`,
      acquires,
      returns: lease.takeReturns(nowMs, acquires.length > 0),
      unreported: unreported.due(nowMs),
      spare: acquires.length > 0 ? settings.lease - 1 : 0,
      sentMs: nowMs,
      marginMs: this.#marginMs(nowMs),
      generation,
    };
  }

  #marginMs(nowMs: number): number {
    const { leaseMs, commandTimeoutMs, windowMs } = this.#state.settings;
    if (leaseMs === 0 || !this.#state.isSlow(nowMs)) return leaseMs;
    // At most a tenth of the window: a permit that counts for longer serves no purpose.
    return Math.max(leaseMs, Math.min(commandTimeoutMs, windowMs / 10));
  }
}

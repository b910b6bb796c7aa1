import { type Batch, type BatchReply, type PendingAcquire, permitsOf } from "./batch.ts";
import type { DecisionMaker } from "./decisions.ts";
import type { LimiterState } from "./limiter-state.ts";
import type { Permits } from "./permit-lease.ts";

/** Applies the outcome of batches: settles their acquires and keeps or returns their permits. */
export class BatchResults {
  readonly #state: LimiterState;
  readonly #decisions: DecisionMaker;

  constructor(state: LimiterState, decisions: DecisionMaker) {
    this.#state = state;
    this.#decisions = decisions;
  }

  /** For a reply within the command's time. Returns the acquires to send again, because their permits had expired. */
  apply(batch: Batch, reply: BatchReply, nowMs: number): readonly PendingAcquire[] {
    const { settings, unreported, sharedUsage, generation } = this.#state;
    unreported.reported(batch.unreported);
    if (batch.generation === generation) sharedUsage.update(reply.used, reply.resetAfterMs, nowMs);
    const isLate = batch.marginMs > 0 && nowMs - batch.sentMs > batch.marginMs;
    if (isLate) this.#state.expectSlowReplies(nowMs + settings.retryMs);
    const grants = permitsOf(batch, reply, nowMs, settings.windowMs);
    this.#keep(batch, grants.at(-1), isLate, nowMs);
    return batch.acquires.filter((acquire, index) => {
      const permits = grants[index];
      const { free = 0, retryAfterMs } = reply.decisions[index] ?? {};
      if (permits !== undefined) this.#state.refusals.clear();
      if (permits === undefined) this.#refuse(batch, acquire, free, retryAfterMs, nowMs);
      else if (acquire.isSettled || isLate) this.#keep(batch, permits, isLate, nowMs);
      else {
        const { cost } = acquire;
        acquire.resolve(this.#decisions.allowedByRedis(permits, cost, free, nowMs, batch.generation));
      }
      return permits !== undefined && isLate && this.#shouldSendAgain(acquire, nowMs);
    });
  }

  /** For a reply after the batch timed out: its acquires are settled already. */
  applyLate(batch: Batch, reply: BatchReply, nowMs: number): void {
    this.#state.unreported.reported(batch.unreported);
    for (const permits of permitsOf(batch, reply, nowMs, this.#state.settings.windowMs)) {
      this.#keep(batch, permits, true, nowMs);
    }
  }

  /** Without a reply it is unknown whether the returned permits were taken back; to return them twice is harmless. */
  returnAgain(batch: Batch): void {
    if (batch.generation !== this.#state.generation) return;
    for (const permits of batch.returns) this.#state.lease.giveBack(permits);
  }

  /** After a failure, perhaps of the reply only: whatever the batch may have taken is returned by name. */
  returnTaken({ prefix, acquires, spare, marginMs, generation }: Batch, nowMs: number): void {
    if (generation !== this.#state.generation) return;
    const { limit, windowMs } = this.#state.settings;
    const count = Math.min(
      limit,
      acquires.reduce((sum, { cost }) => sum + cost, spare),
    );
    const goneAtMs = nowMs + windowMs + marginMs;
    if (count > 0) this.#state.lease.giveBack({ prefix, from: 0, count, usableUntilMs: nowMs, goneAtMs });
  }

  #refuse(
    batch: Batch,
    acquire: PendingAcquire,
    free: number,
    retryAfterMs: number | undefined,
    nowMs: number,
  ): void {
    const { refusals, generation, settings } = this.#state;
    if (retryAfterMs !== undefined && batch.generation === generation) {
      const times = { sentMs: batch.sentMs, nowMs, mostMs: settings.retryMs };
      refusals.add(acquire.cost + acquire.reserve, { retryAfterMs, free }, times);
    }
    if (!acquire.isSettled) acquire.resolve(this.#decisions.refusedByRedis(free, retryAfterMs, nowMs));
  }

  #keep(batch: Batch, permits: Permits | undefined, isLate: boolean, nowMs: number): void {
    if (permits === undefined || batch.generation !== this.#state.generation) return;
    if (isLate) this.#state.lease.expireUnused(permits);
    else this.#state.putBack(permits, nowMs);
  }

  /** Once: an acquire whose reply is late a second time is decided without Redis. */
  #shouldSendAgain(acquire: PendingAcquire, nowMs: number): boolean {
    if (acquire.isSettled) return false;
    if (acquire.markLate()) return true;
    acquire.resolve(this.#decisions.decideWithoutRedis(acquire.cost, acquire.reserve, nowMs));
    return false;
  }
}

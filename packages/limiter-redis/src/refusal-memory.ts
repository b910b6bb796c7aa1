/** A refusal as it holds for a while. */
export interface Refusal {
  readonly retryAfterMs: number;
  readonly free: number;
}

interface Remembered {
  readonly untilMs: number;
  readonly enoughAtMs: number;
  readonly free: number;
}

/** Of so many different needs: mostly there are two, those of a request and of everything else. */
const most = 16;

/**
 * What Redis refused: until the wait is over, who needs the same need not ask. It is asked again from the moment that the wait counts
 * from the sending of the trip, so never too late; what is told counts from the answer, so it is enough.
 */
export class RefusalMemory {
  readonly #refusals: Map<number, Remembered> = new Map();

  /** For so long at most: another process may give permits back, and Redis may forget. */
  remember(
    needed: number,
    { retryAfterMs, free }: Refusal,
    { sentMs, nowMs, mostMs }: { readonly sentMs: number; readonly nowMs: number; readonly mostMs: number },
  ): void {
    if (this.#refusals.size >= most) this.#refusals.clear();
    const untilMs = sentMs + Math.min(retryAfterMs, mostMs);
    this.#refusals.set(needed, { untilMs, enoughAtMs: nowMs + retryAfterMs, free });
  }

  find(needed: number, nowMs: number): Refusal | undefined {
    const refusal = this.#refusals.get(needed);
    if (refusal === undefined || nowMs >= refusal.untilMs) return undefined;
    const { enoughAtMs, free } = refusal;
    // Rounded up to the next number when the difference of two floats falls short of the moment it stands for.
    const waitMs = enoughAtMs - nowMs;
    const retryAfterMs = nowMs + waitMs < enoughAtMs ? waitMs + enoughAtMs * Number.EPSILON : waitMs;
    return { retryAfterMs, free };
  }

  /** Permits were taken or came back: no wait is what it was. */
  forget(): void {
    this.#refusals.clear();
  }
}

import type { Clock, Timer } from "@outsock/core";
import { type Due, DueQueue } from "./due-queue.ts";

interface HeldTask extends Due {
  readonly bytes: number;
  readonly run: () => void;
}

/** One direction of a channel: runs tasks when they are due. A task without a delay runs at once if nothing is held back. */
export class DelayLine {
  readonly #clock: Clock;
  readonly #emptied: () => void;
  readonly #queue: DueQueue<HeldTask> = new DueQueue();
  #timer: Timer | undefined;
  #count = 0;
  #bytes = 0;
  /** The latest due time of tasks that keep the order. The next such task is not due before. */
  #orderedMs = Number.NEGATIVE_INFINITY;
  /** The latest due time of all tasks. */
  #lastMs = Number.NEGATIVE_INFINITY;
  #held = false;
  #flushing = false;
  #stopped = false;
  #referenced = true;

  /** Calls `emptied` when no bytes are held back any more. */
  constructor(clock: Clock, emptied: () => void = () => {}) {
    this.#clock = clock;
    this.#emptied = emptied;
  }

  /** Bytes of the tasks held back. */
  get bytes(): number {
    return this.#bytes;
  }

  /** A task without a delay runs at once. */
  get isFree(): boolean {
    const { first } = this.#queue;
    if (this.#held || first === undefined) return !this.#held;
    // Only late tasks are left, and they are not due yet.
    const now = this.#clock.now();
    return this.#orderedMs <= now && first.dueMs > now;
  }

  put(run: () => void, ms = 0, bytes = 0): void {
    if (this.#stopped) return;
    if (ms === 0 && this.isFree) run();
    else this.#putInOrder(run, Math.max(this.#clock.now() + ms, this.#orderedMs), bytes);
  }

  /** Later tasks that are due earlier overtake this one. */
  putLate(run: () => void, ms: number, bytes = 0): void {
    if (!this.#stopped) this.#put(run, this.#clock.now() + ms, bytes);
  }

  /** Runs after all tasks held back. If there are none, it does not wait for `release` either. */
  putLast(run: () => void, ms = 0): void {
    if (this.#stopped) return;
    if (ms === 0 && this.#queue.first === undefined) run();
    else this.#putInOrder(run, Math.max(this.#clock.now() + ms, this.#lastMs), 0);
  }

  hold(): void {
    this.#held = true;
    this.#disarm();
  }

  release(): void {
    if (!this.#held) return;
    this.#held = false;
    // Not within the caller's `resume`.
    queueMicrotask(() => this.#flush());
  }

  /** Discards all tasks, including later ones. */
  stop(): void {
    this.#stopped = true;
    this.#queue.clear();
    this.#bytes = 0;
    this.#disarm();
  }

  /** Whether held tasks keep the process alive. They do by default. */
  reference(referenced: boolean): void {
    this.#referenced = referenced;
    if (referenced) this.#timer?.ref();
    else this.#timer?.unref();
  }

  #putInOrder(run: () => void, dueMs: number, bytes: number): void {
    this.#orderedMs = dueMs;
    this.#put(run, dueMs, bytes);
  }

  #put(run: () => void, dueMs: number, bytes: number): void {
    this.#count += 1;
    const held = { dueMs, order: this.#count, bytes, run };
    this.#queue.put(held);
    this.#bytes += bytes;
    this.#lastMs = Math.max(this.#lastMs, dueMs);
    if (this.#queue.first === held) this.#arm();
  }

  #flush(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    try {
      for (let first = this.#due(); first !== undefined; first = this.#due()) {
        this.#queue.removeFirst();
        this.#bytes -= first.bytes;
        first.run();
        if (first.bytes > 0 && this.#bytes === 0 && !this.#stopped) this.#emptied();
      }
    } finally {
      this.#flushing = false;
      this.#arm();
    }
  }

  #due(): HeldTask | undefined {
    const { first } = this.#queue;
    return first !== undefined && !this.#held && first.dueMs <= this.#clock.now() ? first : undefined;
  }

  #arm(): void {
    this.#disarm();
    const { first } = this.#queue;
    if (first === undefined || this.#held || this.#flushing) return;
    this.#timer = this.#clock.schedule(Math.max(0, first.dueMs - this.#clock.now()), () => {
      this.#timer = undefined;
      this.#flush();
    });
    if (!this.#referenced) this.#timer.unref();
  }

  #disarm(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}

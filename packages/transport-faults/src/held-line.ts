import type { Clock, Timer } from "@outsock/core";
import { type Due, DueQueue } from "./due-queue.ts";

interface Held extends Due {
  readonly bytes: number;
  readonly run: () => void;
}

/** One direction of a channel: things to do, as they fall due. What need not wait is done at once. */
export class HeldLine {
  readonly #clock: Clock;
  readonly #emptied: () => void;
  readonly #queue: DueQueue<Held> = new DueQueue();
  #timer: Timer | undefined;
  #count = 0;
  #bytes = 0;
  /** What keeps the order is due no sooner than what kept it before. */
  #orderedMs = Number.NEGATIVE_INFINITY;
  /** When the last of all is due. */
  #lastMs = Number.NEGATIVE_INFINITY;
  #held = false;
  #flushing = false;
  #stopped = false;
  #referenced = true;

  /** `emptied` is told when no byte is held any more. */
  constructor(clock: Clock, emptied: () => void = () => {}) {
    this.#clock = clock;
    this.#emptied = emptied;
  }

  /** Bytes of what is held. */
  get bytes(): number {
    return this.#bytes;
  }

  /** What is put without a delay is done at once. */
  get isFree(): boolean {
    const { first } = this.#queue;
    if (this.#held || first === undefined) return !this.#held;
    // All that is left is late, and not due yet.
    const now = this.#clock.now();
    return this.#orderedMs <= now && first.dueMs > now;
  }

  put(run: () => void, ms = 0, bytes = 0): void {
    if (this.#stopped) return;
    if (ms === 0 && this.isFree) run();
    else this.#putInOrder(run, Math.max(this.#clock.now() + ms, this.#orderedMs), bytes);
  }

  /** Is overtaken by what is put after it and due before it. */
  putLate(run: () => void, ms: number, bytes = 0): void {
    if (!this.#stopped) this.#put(run, this.#clock.now() + ms, bytes);
  }

  /** After all that is held. Where nothing is, it does not wait for `release` either. */
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
    // Not within the call of whoever reads on.
    queueMicrotask(() => this.#flush());
  }

  /** Forgets what is held, and all that is put from now on. */
  stop(): void {
    this.#stopped = true;
    this.#queue.clear();
    this.#bytes = 0;
    this.#disarm();
  }

  /** Whether what is held keeps the process alive. At first it does. */
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

  #due(): Held | undefined {
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

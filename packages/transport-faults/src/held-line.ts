import type { Clock, Timer } from "@outsock/core";

interface Held {
  readonly dueMs: number;
  readonly bytes: number;
  /** Waits for those that are late as well. */
  readonly last: boolean;
  readonly run: () => void;
}

/** One direction of a channel: things to do, in order, each not before its time. What need not wait is done at once. */
export class HeldLine {
  readonly #clock: Clock;
  readonly #emptied: () => void;
  #queue: Held[] = [];
  readonly #late: Set<Timer> = new Set();
  #timer: Timer | undefined;
  #bytes = 0;
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
    return this.#queue.length === 0 && !this.#held;
  }

  put(run: () => void, ms = 0, bytes = 0): void {
    if (this.#stopped) return;
    if (ms === 0 && this.isFree) run();
    else this.#push(run, ms, bytes, false);
  }

  /** Is overtaken by what is put after it. */
  putLate(run: () => void, ms: number, bytes = 0): void {
    if (this.#stopped) return;
    this.#bytes += bytes;
    const timer = this.#schedule(ms, () => {
      this.#late.delete(timer);
      // In front: a last one may be waiting for it.
      this.#queue.unshift({ dueMs: this.#clock.now(), bytes, last: false, run });
      this.#flush();
    });
    this.#late.add(timer);
  }

  /** After all that is held. Where nothing is, it does not wait for `release` either. */
  putLast(run: () => void, ms = 0): void {
    if (this.#stopped) return;
    if (ms === 0 && this.#queue.length === 0 && this.#late.size === 0) run();
    else this.#push(run, ms, 0, true);
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
    this.#queue = [];
    this.#bytes = 0;
    for (const timer of this.#late) timer.cancel();
    this.#late.clear();
    this.#disarm();
  }

  /** Whether what is held keeps the process alive. At first it does. */
  reference(referenced: boolean): void {
    this.#referenced = referenced;
    for (const timer of [this.#timer, ...this.#late]) {
      if (referenced) timer?.ref();
      else timer?.unref();
    }
  }

  #push(run: () => void, ms: number, bytes: number, last: boolean): void {
    this.#queue.push({ dueMs: this.#clock.now() + ms, bytes, last, run });
    this.#bytes += bytes;
    if (this.#timer === undefined) this.#arm();
  }

  #flush(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    try {
      for (let first = this.#due(); first !== undefined; first = this.#due()) {
        this.#queue.shift();
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
    const first = this.#next();
    return first !== undefined && first.dueMs <= this.#clock.now() ? first : undefined;
  }

  /** The first of the queue, where it waits for nothing but its time. */
  #next(): Held | undefined {
    const [first] = this.#queue;
    if (this.#held || first === undefined) return undefined;
    return first.last && this.#late.size > 0 ? undefined : first;
  }

  #arm(): void {
    this.#disarm();
    const next = this.#next();
    if (next === undefined || this.#flushing) return;
    this.#timer = this.#schedule(Math.max(0, next.dueMs - this.#clock.now()), () => {
      this.#timer = undefined;
      this.#flush();
    });
  }

  #disarm(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #schedule(ms: number, run: () => void): Timer {
    const timer = this.#clock.schedule(ms, run);
    if (!this.#referenced) timer.unref();
    return timer;
  }
}

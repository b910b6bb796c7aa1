import type { Clock, Timer } from "../ports/clock.ts";

/** Something that ends at a moment unless it is removed before. */
export interface Deadline {
  atMs: number;
  /** Its place in the heap; -1 outside. */
  index: number;
  expire(): void;
}

/**
 * Many deadlines on one timer: a binary heap by time. The timer is armed only when a deadline comes up before the
 * one it is set for, so operations that end in time arm nothing. It keeps the process alive only while something
 * waits, and lapses by itself.
 */
export class Deadlines {
  readonly #clock: Clock;
  readonly #heap: Deadline[] = [];
  #timer: Timer | undefined;
  #timerAtMs = Number.POSITIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(deadline: Deadline, atMs: number): void {
    deadline.atMs = atMs;
    this.#place(deadline, this.#heap.length);
    if (this.#heap.length === 1) this.#timer?.ref();
    if (atMs < this.#timerAtMs) this.#arm(atMs);
  }

  remove(deadline: Deadline): void {
    const { index } = deadline;
    if (index < 0) return;
    deadline.index = -1;
    const last = this.#heap.pop();
    if (last !== undefined && last !== deadline) this.#place(last, index);
    if (this.#heap.length === 0) this.#timer?.unref();
  }

  #arm(atMs: number): void {
    this.#timer?.cancel();
    this.#timerAtMs = atMs;
    this.#timer = this.#clock.schedule(Math.max(0, atMs - this.#clock.now()), () => this.#fire());
  }

  #fire(): void {
    this.#timer = undefined;
    this.#timerAtMs = Number.POSITIVE_INFINITY;
    const nowMs = this.#clock.now();
    try {
      for (let first = this.#heap[0]; first !== undefined && first.atMs <= nowMs; first = this.#heap[0]) {
        this.remove(first);
        first.expire();
      }
    } finally {
      // After a throw too, which the clock's timer reports: the others that are due run in a timer of their own.
      const next = this.#heap[0];
      if (next !== undefined && next.atMs < this.#timerAtMs) this.#arm(next.atMs);
    }
  }

  /** Puts a deadline where it belongs in the heap, from a free place there: as far up as it is earlier, or as far down as it is later. */
  #place(deadline: Deadline, free: number): void {
    const heap = this.#heap;
    let index = free;
    while (index > 0) {
      const above = (index - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || parent.atMs <= deadline.atMs) break;
      this.#set(index, parent);
      index = above;
    }
    for (;;) {
      const left = heap[2 * index + 1];
      const right = heap[2 * index + 2];
      const child = left !== undefined && right !== undefined && right.atMs < left.atMs ? right : left;
      if (child === undefined || deadline.atMs <= child.atMs) break;
      const below = child.index;
      this.#set(index, child);
      index = below;
    }
    this.#set(index, deadline);
  }

  #set(index: number, deadline: Deadline): void {
    this.#heap[index] = deadline;
    deadline.index = index;
  }
}

/** A moment at which something is done, unless it is removed before. */
export class Expiry implements Deadline {
  atMs = 0;
  index = -1;
  readonly expire: () => void;

  constructor(expire: () => void) {
    this.expire = expire;
  }
}

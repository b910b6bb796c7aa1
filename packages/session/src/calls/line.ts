import type { Call } from "./call.ts";

/**
 * Calls in the order in which they came. A set keeps the places of those that left from its front for a while, so that
 * looking for its first one anew each time would take longer and longer: the same iterator goes on instead.
 */
export class Line {
  readonly #calls: Set<Call> = new Set();
  #rest: Iterator<Call> = this.#calls.values();
  #front: Call | undefined;

  get size(): number {
    return this.#calls.size;
  }

  get front(): Call | undefined {
    if (this.#front === undefined && this.size > 0) this.#front = this.#next() ?? this.#again();
    return this.#front;
  }

  has(call: Call): boolean {
    return this.#calls.has(call);
  }

  add(call: Call): void {
    this.#calls.add(call);
  }

  delete(call: Call): boolean {
    if (call === this.#front) this.#front = undefined;
    return this.#calls.delete(call);
  }

  clear(): readonly Call[] {
    const calls = [...this.#calls];
    this.#calls.clear();
    this.#front = undefined;
    return calls;
  }

  #next(): Call | undefined {
    const next = this.#rest.next();
    return next.done === true ? undefined : next.value;
  }

  /** An iterator that has once come to the end stays there. */
  #again(): Call | undefined {
    this.#rest = this.#calls.values();
    return this.#next();
  }
}

import type { Call } from "./call.ts";

/**
 * Calls in the order in which they came. A set keeps the places of those that left from its front for a while, so that
 * looking for its first one anew each time would take longer and longer: one iterator goes on instead.
 */
export class Line {
  readonly #calls: Set<Call> = new Set();
  readonly #rest: Iterator<Call, undefined> = this.#calls.values();
  #front: Call | undefined;

  get size(): number {
    return this.#calls.size;
  }

  get front(): Call | undefined {
    // Not where it is empty: an iterator that has once come to the end stays there.
    if (this.#front === undefined && this.size > 0) this.#front = this.#rest.next().value;
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
}

/** Events that nobody took yet, first in, first out. */
export class EventBuffer {
  readonly #ring: Map<number, unknown> = new Map();
  #first = 0;
  #next = 0;

  get size(): number {
    return this.#next - this.#first;
  }

  push(event: unknown): void {
    this.#ring.set(this.#next, event);
    this.#next += 1;
  }

  shift(): unknown {
    const event = this.#ring.get(this.#first);
    this.#ring.delete(this.#first);
    this.#first += 1;
    return event;
  }

  clear(): void {
    this.#ring.clear();
    this.#first = this.#next;
  }
}

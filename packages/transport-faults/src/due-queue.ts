export interface Due {
  readonly dueMs: number;
  /** Greater than that of all items put before. */
  readonly order: number;
}

/** Items by due time, and by order among those due at the same time. A binary heap. */
export class DueQueue<Item extends Due> {
  readonly #heap: Item[] = [];

  get first(): Item | undefined {
    return this.#heap[0];
  }

  put(item: Item): void {
    let place = this.#heap.length;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      const above = this.#heap[parent];
      if (above === undefined || isBefore(above, item)) break;
      this.#heap[place] = above;
      place = parent;
    }
    this.#heap[place] = item;
  }

  removeFirst(): void {
    const moved = this.#heap.pop();
    if (moved !== undefined && this.#heap.length > 0) this.#sink(moved);
  }

  clear(): void {
    this.#heap.length = 0;
  }

  /** Moves the item down from the top, which is free, to its place. */
  #sink(item: Item): void {
    let place = 0;
    for (;;) {
      const child = this.#firstBelow(place);
      const below = this.#heap[child];
      if (below === undefined || isBefore(item, below)) break;
      this.#heap[place] = below;
      place = child;
    }
    this.#heap[place] = item;
  }

  #firstBelow(place: number): number {
    const child = 2 * place + 1;
    const left = this.#heap[child];
    const right = this.#heap[child + 1];
    return left !== undefined && right !== undefined && isBefore(right, left) ? child + 1 : child;
  }
}

function isBefore(one: Due, other: Due): boolean {
  return one.dueMs < other.dueMs || (one.dueMs === other.dueMs && one.order < other.order);
}

interface PendingTake<T> {
  resolve(item: T): void;
  reject(error: Error): void;
}

/** A queue of items in order of arrival. Each is taken once, by the oldest pending take. */
export class Mailbox<T> {
  #items: T[] = [];
  #pending: PendingTake<T>[] = [];
  #ended: Error | undefined;

  put(item: T): void {
    const pending = this.#pending.shift();
    if (pending === undefined) this.#items.push(item);
    else pending.resolve(item);
  }

  /** From now on takes from an empty mailbox reject with the error. */
  end(error: Error): void {
    this.#ended ??= error;
    for (const pending of this.#pending.splice(0)) pending.reject(this.#ended);
  }

  take(): Promise<T> {
    const [item] = this.#items.splice(0, 1);
    if (item !== undefined) return Promise.resolve(item);
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    return new Promise((resolve, reject) => this.#pending.push({ resolve, reject }));
  }
}

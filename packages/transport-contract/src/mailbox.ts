interface Waiter<T> {
  resolve(item: T): void;
  reject(error: Error): void;
}

/** Items in order of arrival, each taken once, by whoever waits first. */
export class Mailbox<T> {
  #items: T[] = [];
  #waiters: Waiter<T>[] = [];
  #ended: Error | undefined;

  put(item: T): void {
    const waiter = this.#waiters.shift();
    if (waiter === undefined) this.#items.push(item);
    else waiter.resolve(item);
  }

  /** From now on whoever finds the mailbox empty gets the error. */
  end(error: Error): void {
    this.#ended ??= error;
    for (const waiter of this.#waiters.splice(0)) waiter.reject(this.#ended);
  }

  take(): Promise<T> {
    const [item] = this.#items.splice(0, 1);
    if (item !== undefined) return Promise.resolve(item);
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    return new Promise((resolve, reject) => this.#waiters.push({ resolve, reject }));
  }
}

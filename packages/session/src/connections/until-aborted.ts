/** The part of an AbortController that is used here. */
export interface Aborting {
  readonly signal: AbortSignal;
  abort(reason?: unknown): void;
}

/** What `work` promises, unless the signal is aborted before: then its reason is thrown, and the work is left to itself. */
export function untilAborted<Value>(signal: AbortSignal, work: () => Promise<Value>): Promise<Value> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    if (signal.aborted) {
      abort();
      return;
    }
    signal.addEventListener("abort", abort);
    work()
      .then(resolve, reject)
      .finally(() => signal.removeEventListener("abort", abort));
  });
}

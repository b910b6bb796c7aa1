export function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Whether a value is a promise, of this realm or another, or of a library. */
export function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return isObject(value) && "then" in value && typeof value.then === "function";
}

/** For the return value of a callback that should be synchronous: if it is a promise, its rejection is handled and ignored. */
export function ignoreRejection(value: unknown): void {
  if (isPromiseLike(value)) value.then(undefined, () => undefined);
}

/** The same return value. @throws TypeError for a promise. */
export function synchronous(callback: string, value: unknown): unknown {
  if (!isPromiseLike(value)) return value;
  ignoreRejection(value);
  throw new TypeError(`${callback} answered with a promise`);
}

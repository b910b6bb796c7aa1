import type { OutsockError } from "./errors.ts";

export interface Success<Data> {
  readonly success: true;
  readonly data: Data;
  readonly error?: undefined;
}

export interface Failure {
  readonly success: false;
  readonly error: OutsockError;
  readonly data?: undefined;
}

/** What every operation returns: a plain object discriminated by `success`, safe to `JSON.stringify`. */
export type Result<Data> = Success<Data> | Failure;

/** For programs that prefer exceptions: returns the data of a success, throws the error of a failure. */
export function unwrap<Data>(result: Result<Data>): Data {
  if (result.success) return result.data;
  throw result.error;
}

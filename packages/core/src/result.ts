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

/** What every operation answers: a plain object told apart by `success`, safe to `JSON.stringify`. */
export type Result<Data> = Success<Data> | Failure;

export function success<Data>(data: Data): Success<Data> {
  return { success: true, data };
}

export function failure(error: OutsockError): Failure {
  return { success: false, error };
}

/** For those who prefer throwing: the data of a success, or the error of a failure thrown. */
export function unwrap<Data>(result: Result<Data>): Data {
  if (result.success) return result.data;
  throw result.error;
}

import {
  type Check,
  checkCallback,
  checkCloseCode,
  checkCloseReason,
  checkCodec,
  checkCount,
  checkDuration,
  checkFlag,
  checkHeaders,
  checkLimit,
  checkObject,
  checkOnLimit,
  checkPems,
  checkPositiveInteger,
  checkPositiveNumber,
  checkProtocols,
  checkSignal,
  checkText,
} from "./options/checks.ts";

export { type Check, checkOptions, oneOf, shape } from "./options/checks.ts";

interface Checks {
  readonly duration: Check;
  readonly positiveInteger: Check;
  readonly positiveNumber: Check;
  /** 0 or a positive integer. */
  readonly count: Check;
  readonly limit: Check;
  readonly text: Check;
  readonly flag: Check;
  readonly pems: Check;
  readonly callback: Check;
  readonly object: Check;
  readonly signal: Check;
  readonly codec: Check;
  readonly onLimit: Check;
  readonly closeCode: Check;
  readonly closeReason: Check;
  readonly headers: Check;
  readonly protocols: Check;
}

/** A check for each kind of option. */
export const checks: Checks = {
  duration: checkDuration,
  positiveInteger: checkPositiveInteger,
  positiveNumber: checkPositiveNumber,
  count: checkCount,
  limit: checkLimit,
  text: checkText,
  flag: checkFlag,
  pems: checkPems,
  callback: checkCallback,
  object: checkObject,
  signal: checkSignal,
  codec: checkCodec,
  onLimit: checkOnLimit,
  closeCode: checkCloseCode,
  closeReason: checkCloseReason,
  headers: checkHeaders,
  protocols: checkProtocols,
};

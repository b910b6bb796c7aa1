import type { OutsockError } from "@outsock/core";
import type { SessionContext } from "../context.ts";

/** Whether the protocol takes this close for one after which connecting again is of no use. */
export function isFatal(
  { settings }: SessionContext,
  { closeCode, closeReason = "" }: OutsockError,
): boolean {
  if (closeCode === undefined) return false;
  try {
    return settings.protocol.isFatalClose?.(closeCode, closeReason) === true;
  } catch {
    return false;
  }
}

/** Whether to try again, as the caller's function says where there is one. */
export function isRetried({ settings }: SessionContext, error: OutsockError, byDefault: boolean): boolean {
  const { retry } = settings;
  // A manager that is disposed of connects nobody any more, whatever the caller would like.
  if (retry === undefined || error.code === "DISPOSED") return byDefault;
  try {
    return retry(error) === true;
  } catch {
    return byDefault;
  }
}

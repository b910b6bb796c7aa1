import { isOutsockError, OutsockError } from "@outsock/core";
import type { CloseFailure } from "@outsock/core/internal";
import type { SessionContext } from "../context.ts";
import { HandshakeRefused } from "../protocol.ts";

/** The error of a connection that ended. */
export function sessionConnectError(
  { id }: SessionContext,
  { code, message, details }: CloseFailure,
): OutsockError {
  return new OutsockError(code, message, { ...details, phase: "connect", sent: "no", correlationId: id });
}

/** The error of a protocol's handshake that threw. */
export function handshakeError({ id, settings }: SessionContext, url: string, thrown: unknown): OutsockError {
  if (isOutsockError(thrown)) return thrown;
  const details = { phase: "connect", sent: "no", correlationId: id, url } as const;
  if (HandshakeRefused.is(thrown)) {
    const { code = "AUTH_FAILED", retryable = false, retryAfterMs } = thrown.refusal;
    return new OutsockError(code, thrown.message, { ...details, retryable, retryAfterMs });
  }
  const message = `The handshake of the protocol ${settings.protocol.name} failed; see cause`;
  return new OutsockError("PROTOCOL_ERROR", message, { ...details, retryable: true, cause: thrown });
}

/** Whether the protocol says that reconnecting is pointless after a close with this code. */
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

/** Whether to try again: the `retry` option decides if there is one. */
export function isRetried({ settings }: SessionContext, error: OutsockError, byDefault: boolean): boolean {
  const { retry } = settings;
  // A disposed manager opens no connection, whatever `retry` returns.
  if (retry === undefined || error.code === "DISPOSED") return byDefault;
  try {
    return retry(error) === true;
  } catch {
    return byDefault;
  }
}

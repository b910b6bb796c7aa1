import { isOutsockError, OutsockError } from "@outsock/core";
import type { CloseFailure } from "@outsock/core/internal";
import type { SessionContext } from "../context.ts";
import { HandshakeRefused } from "../protocol.ts";

/** A connection that ended before it served. */
export function sessionConnectError(
  { id }: SessionContext,
  { code, message, details }: CloseFailure,
): OutsockError {
  return new OutsockError(code, message, { ...details, phase: "connect", sent: "no", correlationId: id });
}

/** What a protocol's handshake threw. */
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

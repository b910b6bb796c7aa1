/** The part of the error codes that a transport can tell. DISPOSED is for layers that keep channels. */
export const transportErrorCodes = [
  "INVALID_URL",
  "URL_FORBIDDEN",
  "CONNECT_FAILED",
  "HANDSHAKE_REJECTED",
  "TLS_FAILED",
  "CONNECTION_CLOSED",
  "SEND_FAILED",
  "MESSAGE_TOO_BIG",
  "PROTOCOL_ERROR",
  "ABORTED",
  "DISPOSED",
] as const;

export type TransportErrorCode = (typeof transportErrorCodes)[number];

export interface TransportErrorDetails {
  /** HTTP status of a refused handshake. */
  readonly status?: number;
  /** From a refused handshake's `Retry-After` header, in milliseconds (RFC 9110 section 10.2.3). */
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

const brand: symbol = Symbol.for("@outsock/core/TransportError");

/** What a transport fails with. Messages and causes carry no URL, header or payload. */
export class TransportError extends Error {
  override readonly name = "TransportError";
  readonly code: TransportErrorCode;
  readonly status?: number;
  readonly retryAfterMs?: number;

  constructor(code: TransportErrorCode, message: string, details: TransportErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    Object.defineProperty(this, brand, { value: true });
    if (details.status !== undefined) this.status = details.status;
    if (details.retryAfterMs !== undefined) this.retryAfterMs = details.retryAfterMs;
  }

  /** True for errors of every loaded copy of this package, where `instanceof` sees only one. */
  static is(value: unknown): value is TransportError {
    return typeof value === "object" && value !== null && brand in value;
  }
}

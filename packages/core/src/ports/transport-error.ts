/** The error codes that a transport can fail with. DISPOSED is for layers that keep channels. */
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
  readonly status?: number | undefined;
  readonly retryAfterMs?: number | undefined;

  constructor(code: TransportErrorCode, message: string, details: TransportErrorDetails = {}) {
    const { cause, status, retryAfterMs } = details;
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.status = status;
    this.retryAfterMs = retryAfterMs;
    Object.defineProperty(this, brand, { value: true });
  }

  /** True for errors of every loaded copy of this package, where `instanceof` sees only one. */
  static is(value: unknown): value is TransportError {
    return typeof value === "object" && value !== null && brand in value;
  }
}

/** The longest delay that timers of all runtimes take. */
const longestMs = 2_147_483_647;

/**
 * For transports: milliseconds to wait from a `Retry-After` header, which holds seconds or an HTTP date (RFC 9110
 * section 10.2.3). Undefined where the header is absent or says neither; 0 for a date that has passed; never more than the 2^31 - 1 that timers
 * take.
 */
export function parseRetryAfter(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  if (/^\d+$/.test(text)) return Math.min(Number(text) * 1_000, longestMs);
  // Every HTTP date begins with the name of its day; Date.parse takes much else.
  const dateMs = /^[a-z]{3}/i.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(dateMs) ? undefined : Math.min(Math.max(0, dateMs - Date.now()), longestMs);
}

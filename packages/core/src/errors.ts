import { definedOptions } from "./options/checks.ts";
import type { ErrorCode } from "./ports/error-code.ts";
import type { Phase } from "./ports/stats-sink.ts";
import { isObject } from "./values.ts";

/**
 * What is known of the operation's message. `"no"`: nothing of it reached the socket, so repeating is safe.
 * `"maybe"`: the socket took it, the peer may or may not have it. `"yes"`: the peer has it; a manager cannot know that of a
 * failed operation, a protocol with ids on top of it can.
 */
export type Sent = "no" | "maybe" | "yes";

/** What a server answered instead of a result, in a protocol whose answers may be errors. */
export interface RemoteError {
  readonly code: string | number;
  readonly message: string;
  readonly data?: unknown;
}

export interface ErrorDetails {
  readonly phase: Phase;
  readonly sent: Sent;
  readonly correlationId: string;
  /** Milliseconds after which the same call may succeed: from the rate limiter or a `Retry-After` header. */
  readonly retryAfterMs?: number | undefined;
  readonly connectionId?: string | undefined;
  /** Redacted: no userinfo, no query. */
  readonly url?: string | undefined;
  /** HTTP status of a refused handshake. */
  readonly status?: number | undefined;
  /** RFC 6455 section 7.1.5; 1005 when the peer gave none, 1006 when no Close frame came. */
  readonly closeCode?: number | undefined;
  readonly closeReason?: string | undefined;
  /** The server's own error, of REMOTE_ERROR. */
  readonly remote?: RemoteError | undefined;
  readonly cause?: unknown;
  /** Default: by the code, and by the status of a refused handshake. */
  readonly retryable?: boolean | undefined;
}

const transientCodes: readonly ErrorCode[] = [
  "RATE_LIMITED",
  "CONNECT_FAILED",
  "CONNECT_TIMEOUT",
  "CONNECTION_CLOSED",
  "SEND_FAILED",
  "BACKPRESSURE",
  "RECEIVE_TIMEOUT",
  "INBOX_OVERFLOW",
];

/** RFC 9110 sections 15.5.9 and 15.6, RFC 6585 section 4, RFC 8470 section 5.2. */
const transientStatuses: readonly number[] = [408, 425, 429, 500, 502, 503, 504];

const brand: symbol = Symbol.for("@outsock/core/OutsockError");

/**
 * What a failed operation returns: which `code`, in which `phase`, whether the message was `sent`, and whether
 * trying again can help (`retryable`; `sent` says whether it is safe). It contains no payload, header or secret
 * of a URL, and `JSON.stringify` keeps its fields.
 */
export class OutsockError extends Error implements Readonly<ErrorDetails> {
  override readonly name = "OutsockError";
  declare readonly code: ErrorCode;
  declare readonly phase: Phase;
  declare readonly sent: Sent;
  declare readonly retryable: boolean;
  declare readonly correlationId: string;
  declare readonly retryAfterMs?: number;
  declare readonly connectionId?: string;
  declare readonly url?: string;
  declare readonly status?: number;
  declare readonly closeCode?: number;
  declare readonly closeReason?: string;
  declare readonly remote?: RemoteError;

  constructor(code: ErrorCode, message: string, details: ErrorDetails) {
    const { cause, retryable = isTransient(code, details.status) } = details;
    super(message, cause === undefined ? undefined : { cause });
    Object.assign(this, definedOptions({ code, ...details, cause: undefined, retryable }));
    Object.defineProperty(this, brand, { value: true });
  }

  /** The fields and the message. Of the cause only its name and code, of `remote` not its data: they could quote a payload. */
  toJSON(): Record<string, unknown> {
    const { name: _, code, message, phase, sent, retryable, cause, remote, ...fields } = this;
    const json: Record<string, unknown> = { code, message, phase, sent, retryable, ...fields };
    if (remote !== undefined) json.remote = { code: remote.code, message: remote.message };
    if (cause instanceof Error) json.cause = describeCause(cause);
    return json;
  }
}

function isTransient(code: ErrorCode, status = 0): boolean {
  return code === "HANDSHAKE_REJECTED" ? transientStatuses.includes(status) : transientCodes.includes(code);
}

function describeCause(cause: Error): Record<string, unknown> {
  const { name } = cause;
  return "code" in cause && typeof cause.code === "string" ? { name, code: cause.code } : { name };
}

/** True for an error of this library, also of another loaded copy of it, where `instanceof` sees only one. */
export function isOutsockError(value: unknown): value is OutsockError {
  return isObject(value) && brand in value;
}

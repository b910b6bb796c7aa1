import type { CodecOption } from "../codec.ts";
import type { OperationName } from "../ports/stats-sink.ts";
import {
  type Check,
  checkCallback,
  checkCloseCode,
  checkCloseReason,
  checkCodec,
  checkDuration,
  checkHeaders,
  checkOptions,
  checkProtocols,
  checkSignal,
  checkText,
} from "./checks.ts";

/** What every operation takes. */
export interface OperationOptions {
  /** Returned in the result and every event of the operation. Made by counting when absent. */
  readonly correlationId?: string | undefined;
}

/** What reset takes: nothing of its own. */
export type ResetOptions = OperationOptions;

export interface ConnectOptions extends OperationOptions {
  /** For name resolution, TCP, TLS and the handshake together. Default 10_000. */
  readonly timeoutMs?: number | undefined;
  /** Sent with the handshake. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Subprotocols to offer; the peer must choose one of them. */
  readonly protocols?: string | readonly string[] | undefined;
  /** Ends the attempt; without effect once connected. */
  readonly signal?: AbortSignal | undefined;
  /** For this connection, instead of the manager's. */
  readonly codec?: CodecOption | undefined;
}

export interface SendOptions extends OperationOptions {
  /** Ends a wait for the rate limiter. */
  readonly signal?: AbortSignal | undefined;
}

export interface ReceiveOptions extends OperationOptions {
  /** 0 only looks into the inbox. Default 10_000. */
  readonly timeoutMs?: number | undefined;
  /** Ends this receive; no message is lost. */
  readonly signal?: AbortSignal | undefined;
}

export interface CloseOptions extends OperationOptions {
  /** 1000 (default) or 3000 to 4999. */
  readonly code?: number | undefined;
  /** At most 123 bytes of UTF-8. */
  readonly reason?: string | undefined;
  /** For the closing handshake; then the socket is destroyed. Default: the manager's `closeTimeoutMs`. */
  readonly timeoutMs?: number | undefined;
}

export interface RequestOptions extends ConnectOptions {
  /** For connecting and receiving together. Default 10_000. */
  readonly timeoutMs?: number | undefined;
  /**
   * Which message is the response: the first for which this is true. Default: the first message. For servers that
   * greet or push; messages before it that the codec cannot read are passed over.
   */
  readonly match?: ((message: unknown) => boolean) | undefined;
}

const connectChecks = {
  timeoutMs: checkDuration,
  headers: checkHeaders,
  protocols: checkProtocols,
  signal: checkSignal,
  codec: checkCodec,
  correlationId: checkText,
};
const sendChecks = { signal: checkSignal, correlationId: checkText };

const operationChecks: { readonly [Name in OperationName]: Readonly<Record<string, Check>> } = {
  connect: connectChecks,
  send: sendChecks,
  receive: { timeoutMs: checkDuration, ...sendChecks },
  close: {
    code: checkCloseCode,
    reason: checkCloseReason,
    timeoutMs: checkDuration,
    correlationId: checkText,
  },
  request: { ...connectChecks, match: checkCallback },
  getStats: {},
  reset: { correlationId: checkText },
};

/**
 * `besides`: parameters that are no options.
 *
 * @throws TypeError for an unknown option or one of the wrong type.
 */
export function checkOperation(name: OperationName, options: unknown, besides?: readonly string[]): void {
  checkOptions(name, operationChecks[name], options, besides);
}

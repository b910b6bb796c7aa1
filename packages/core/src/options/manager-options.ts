import { joinLimits, type ServerLimits } from "../admission/limiters.ts";
import { slidingWindow } from "../admission/sliding-window.ts";
import { type Codec, type CodecOption, json, resolveCodec } from "../codec.ts";
import type { Clock } from "../ports/clock.ts";
import type { RateLimiter } from "../ports/rate-limiter.ts";
import type { StatsSink } from "../ports/stats-sink.ts";
import type { Transport } from "../ports/transport.ts";
import { systemClock } from "../time/system-clock.ts";
import { isObject } from "../values.ts";
import {
  checkCodec,
  checkCount,
  checkDuration,
  checkObject,
  checkOnLimit,
  checkOptions,
  checkPositiveInteger,
  definedOptions,
  oneOf,
  shape,
} from "./checks.ts";

/** What a connection holds for its receiver, and what happens when that is full. */
export interface InboxOptions {
  /** Messages held. Default 1024. */
  readonly maxMessages?: number | undefined;
  /** Payload bytes held. Default 16 MiB. */
  readonly maxBytes?: number | undefined;
  /**
   * `"pause"` (default): stop reading until half is taken; meanwhile the peer's pings are not answered and its end is not
   * seen. A transport that cannot pause closes instead.
   * `"drop-oldest"`: forget and count the oldest. `"close"`: end the connection with INBOX_OVERFLOW.
   */
  readonly overflow?: "pause" | "drop-oldest" | "close" | undefined;
}

export interface ManagerOptions {
  /** How sockets are opened: `wsTransport()`, `undiciTransport()`, `nativeTransport()`, a layer or your own. */
  readonly transport: Transport;
  /** Default: the runtime's monotonic clock. */
  readonly clock?: Clock | undefined;
  /** Default: `slidingWindow()`, 300 permits in any 1000 ms. A `request` takes 4 permits, every other operation 1. */
  readonly rateLimiter?: RateLimiter | undefined;
  /** What the servers allow, besides `rateLimiter`: `serverLimits({ connect, message })`. Default: no such limits. */
  readonly limits?: ServerLimits | undefined;
  /** Receives every event, besides the counters of `getStats`. */
  readonly statsSink?: StatsSink | undefined;
  /**
   * What an operation does at the limit: it is refused at once (default), or waits its turn for at most `wait` milliseconds, and
   * never longer than its own `timeoutMs`. The same holds whether other operations wait ahead of it or not.
   */
  readonly onLimit?: "reject" | { readonly wait: number } | undefined;
  /** Operations that may wait to be admitted; more are refused with BACKPRESSURE. Default 16_384. */
  readonly maxQueued?: number | undefined;
  /** Default for connect, receive and request. Default 10_000. */
  readonly timeoutMs?: number | undefined;
  /** How long a closing handshake may take before the socket is destroyed. Default 2_000. */
  readonly closeTimeoutMs?: number | undefined;
  /** The largest message accepted from a peer. Default 1 MiB. */
  readonly maxMessageBytes?: number | undefined;
  /** How much may wait unsent on one connection before `send` refuses with BACKPRESSURE. Default 16 MiB. */
  readonly maxBufferedBytes?: number | undefined;
  readonly inbox?: InboxOptions | undefined;
  /** Default `json`. */
  readonly codec?: CodecOption | undefined;
}

interface InboxLimits {
  readonly maxMessages: number;
  readonly maxBytes: number;
  readonly overflow: "pause" | "drop-oldest" | "close";
}

/** Manager options, validated and complete. */
export interface Settings {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly rateLimiter: RateLimiter;
  readonly limits?: ServerLimits;
  readonly statsSink?: StatsSink;
  /** 0 under `onLimit: "reject"`. */
  readonly maxWaitMs: number;
  readonly maxQueued: number;
  readonly timeoutMs: number;
  readonly closeTimeoutMs: number;
  readonly maxMessageBytes: number;
  readonly maxBufferedBytes: number;
  readonly inbox: InboxLimits;
  readonly codec: Codec;
}

const mebibyte = 1024 * 1024;

const managerChecks = {
  transport: shape("open", "capabilities"),
  clock: shape("now", "schedule"),
  rateLimiter: shape("acquire", "usage", "reset"),
  limits: checkServerLimits,
  statsSink: shape("record"),
  onLimit: checkOnLimit,
  maxQueued: checkCount,
  timeoutMs: checkDuration,
  closeTimeoutMs: checkDuration,
  maxMessageBytes: checkPositiveInteger,
  maxBufferedBytes: checkPositiveInteger,
  inbox: checkObject,
  codec: checkCodec,
};

const inboxChecks = {
  maxMessages: checkPositiveInteger,
  maxBytes: checkPositiveInteger,
  overflow: oneOf("pause", "drop-oldest", "close"),
};

function checkServerLimits(value: unknown): string | undefined {
  return isObject(value) && joinLimits in value ? undefined : "must be what serverLimits() returns";
}

/** @throws TypeError for an unknown option or one of the wrong type. */
export function resolveSettings(options: ManagerOptions): Settings {
  checkOptions("createWebSocketManager", managerChecks, options);
  const { transport, inbox = {}, onLimit, codec = json, rateLimiter = slidingWindow() } = options;
  if (transport === undefined) throw new TypeError("createWebSocketManager: transport is missing");
  checkOptions("createWebSocketManager: inbox", inboxChecks, inbox);
  return {
    clock: systemClock,
    maxQueued: 16_384,
    timeoutMs: 10_000,
    closeTimeoutMs: 2_000,
    maxMessageBytes: mebibyte,
    maxBufferedBytes: 16 * mebibyte,
    ...definedOptions(options),
    transport,
    rateLimiter,
    maxWaitMs: typeof onLimit === "object" ? onLimit.wait : 0,
    inbox: { maxMessages: 1024, maxBytes: 16 * mebibyte, overflow: "pause", ...definedOptions(inbox) },
    codec: resolveCodec(codec),
  };
}

import type { ManagerInternals } from "@outsock/core/internal";
import { type Check, checkOptions, checks, shape } from "@outsock/core/options";
import { defaultBackoff } from "../lifecycle/delays.ts";
import type { LifecycleSettings } from "../lifecycle/state.ts";
import type { Protocol } from "../protocol.ts";
import type { HeartbeatOptions, PerAttempt, ReconnectOptions, SessionOptions } from "./session-options.ts";

export interface HeartbeatSettings {
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly verifyTimeoutMs: number;
}

/** Session options, validated and with defaults. */
export interface SessionSettings extends LifecycleSettings {
  readonly url: PerAttempt<string | URL>;
  readonly headers: PerAttempt<Readonly<Record<string, string>>>;
  readonly protocol: Protocol;
  readonly signal: AbortSignal | undefined;
  readonly connectTimeoutMs: number;
  readonly handshakeTimeoutMs: number;
  readonly callTimeoutMs: number;
  readonly drainTimeoutMs: number;
  readonly retry: ReconnectOptions["retry"];
  readonly heartbeat: HeartbeatSettings | undefined;
  readonly maxInFlight: number;
  readonly maxQueued: number;
  readonly reserve: number;
  readonly correlationId: string | undefined;
  readonly resume: unknown;
  readonly random: () => number;
}

const orFalse =
  (check: Check): Check =>
  (value) =>
    value === false ? undefined : check(value);

const isAddress: Check = (value) =>
  typeof value === "string" ||
  typeof value === "function" ||
  (typeof value === "object" && value !== null && "href" in value)
    ? undefined
    : "must be a string, a URL or a function that returns one";

const nonNegativeInteger: Check = (value) =>
  Number.isSafeInteger(value) && Number(value) >= 0 ? undefined : "must be 0 or a positive integer";

const sessionChecks: Readonly<Record<string, Check>> = {
  url: isAddress,
  headers: (value) => (typeof value === "function" ? undefined : checks.headers(value)),
  protocol: shape("name", "encode", "classify"),
  signal: checks.signal,
  connectTimeoutMs: checks.duration,
  handshakeTimeoutMs: checks.duration,
  callTimeoutMs: checks.duration,
  maxAgeMs: (value) =>
    checks.duration(value) ??
    (Number(value) < 100 ? "must be at least 100, because each rotation opens a connection" : undefined),
  drainTimeoutMs: checks.duration,
  reconnect: orFalse(checks.object),
  heartbeat: orFalse(checks.object),
  maxInFlight: checks.positiveInteger,
  maxQueued: nonNegativeInteger,
  reserve: nonNegativeInteger,
  correlationId: checks.text,
  resume: () => undefined,
  random: checks.callback,
};

const reconnectChecks = {
  baseDelayMs: checks.duration,
  maxDelayMs: checks.duration,
  stableAfterMs: checks.duration,
  maxAttempts: checks.positiveInteger,
  initial: checks.flag,
  retry: checks.callback,
};

const heartbeatChecks = {
  intervalMs: checks.duration,
  timeoutMs: checks.duration,
  verifyTimeoutMs: checks.duration,
};

/** @throws TypeError for an option that is unknown, missing or of the wrong type. */
export function resolveSessionSettings(
  options: SessionOptions,
  internals: ManagerInternals,
): SessionSettings {
  checkOptions("openSession", sessionChecks, options);
  const { url, protocol, reconnect = {}, heartbeat = {} } = options;
  if (url === undefined) throw new TypeError("openSession: url is missing");
  if (protocol === undefined) throw new TypeError("openSession: protocol is missing, such as jsonRpc()");
  return {
    url,
    headers: options.headers ?? {},
    protocol,
    signal: options.signal,
    connectTimeoutMs: options.connectTimeoutMs ?? internals.timeoutMs,
    handshakeTimeoutMs: options.handshakeTimeoutMs ?? 10_000,
    callTimeoutMs: options.callTimeoutMs ?? internals.timeoutMs,
    maxAgeMs: options.maxAgeMs,
    drainTimeoutMs: options.drainTimeoutMs ?? 10_000,
    reconnect: reconnect === false ? undefined : resolveReconnect(reconnect),
    retry: reconnect === false ? undefined : reconnect.retry,
    heartbeat: heartbeat === false ? undefined : resolveHeartbeat(heartbeat, protocol, internals),
    maxInFlight: options.maxInFlight ?? 4096,
    maxQueued: options.maxQueued ?? 1024,
    reserve: resolveReserve(options.reserve, internals.usage().limit),
    correlationId: options.correlationId,
    resume: options.resume,
    random: options.random ?? Math.random,
  };
}

function resolveReconnect(options: ReconnectOptions): SessionSettings["reconnect"] {
  checkOptions("openSession: reconnect", reconnectChecks, options);
  return {
    baseDelayMs: options.baseDelayMs ?? defaultBackoff.baseDelayMs,
    maxDelayMs: options.maxDelayMs ?? defaultBackoff.maxDelayMs,
    stableAfterMs: options.stableAfterMs ?? defaultBackoff.stableAfterMs,
    maxAttempts: options.maxAttempts ?? Number.POSITIVE_INFINITY,
    initial: options.initial ?? false,
  };
}

function resolveHeartbeat(
  options: HeartbeatOptions,
  protocol: Protocol,
  { capabilities }: ManagerInternals,
): HeartbeatSettings | undefined {
  checkOptions("openSession: heartbeat", heartbeatChecks, options);
  if (protocol.heartbeat === undefined && !capabilities.ping) return undefined;
  const { intervalMs = 20_000, timeoutMs = 10_000, verifyTimeoutMs = 1_000 } = options;
  return { intervalMs: Math.max(1, intervalMs), timeoutMs, verifyTimeoutMs };
}

function resolveReserve(reserve: number | undefined, limit: number): number {
  if (reserve === undefined) return Math.min(5, Math.floor(limit / 10));
  if (reserve < limit) return reserve;
  throw new TypeError(`openSession: reserve must be less than the rate limit, which is ${limit}`);
}

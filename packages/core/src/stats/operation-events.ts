import type { ErrorCode } from "../ports/error-code.ts";
import type { RateDecision } from "../ports/rate-limiter.ts";
import type { CountedName, Phase, StatsEvent, Timings } from "../ports/stats-sink.ts";

/** What the events of an operation tell of it. */
export interface OperationRecord {
  readonly id: number;
  readonly name: CountedName;
  readonly correlationId: string;
  readonly method: string | undefined;
  readonly startedAtMs: number;
  readonly steppedAtMs: number;
  readonly source: RateDecision["source"];
  readonly timings: Timings;
  readonly connectionId: string | undefined;
  readonly url: string | undefined;
}

// Each in one literal: spreading what they have in common would cost as much as all the rest of an event.

export function called(of: OperationRecord): StatsEvent {
  return {
    type: "operation-called",
    operation: of.name,
    operationId: of.id,
    correlationId: of.correlationId,
    method: of.method,
    startedAtMs: of.startedAtMs,
    atMs: of.startedAtMs,
  };
}

export function started(of: OperationRecord): StatsEvent {
  return {
    type: "operation-started",
    operation: of.name,
    operationId: of.id,
    correlationId: of.correlationId,
    method: of.method,
    startedAtMs: of.startedAtMs,
    atMs: of.steppedAtMs,
    connectionId: of.connectionId,
    url: of.url,
    source: of.source,
  };
}

export function succeeded(of: OperationRecord): StatsEvent {
  return {
    type: "operation-succeeded",
    operation: of.name,
    operationId: of.id,
    correlationId: of.correlationId,
    method: of.method,
    startedAtMs: of.startedAtMs,
    atMs: of.steppedAtMs,
    connectionId: of.connectionId,
    url: of.url,
    durationMs: of.steppedAtMs - of.startedAtMs,
    timings: of.timings,
  };
}

export function failed(of: OperationRecord, code: ErrorCode, phase: Phase): StatsEvent {
  return {
    type: "operation-failed",
    operation: of.name,
    operationId: of.id,
    correlationId: of.correlationId,
    method: of.method,
    startedAtMs: of.startedAtMs,
    atMs: of.steppedAtMs,
    connectionId: of.connectionId,
    url: of.url,
    durationMs: of.steppedAtMs - of.startedAtMs,
    timings: of.timings,
    code,
    phase,
  };
}

export function rateLimited(
  of: OperationRecord,
  source: RateDecision["source"],
  retryAfterMs: number | undefined,
): StatsEvent {
  return {
    type: "rate-limited",
    operation: of.name,
    operationId: of.id,
    correlationId: of.correlationId,
    method: of.method,
    startedAtMs: of.startedAtMs,
    atMs: of.steppedAtMs,
    connectionId: of.connectionId,
    url: of.url,
    durationMs: of.steppedAtMs - of.startedAtMs,
    timings: of.timings,
    retryAfterMs,
    source,
  };
}

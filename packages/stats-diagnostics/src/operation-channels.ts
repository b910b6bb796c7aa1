import { type TracingChannel, tracingChannel } from "node:diagnostics_channel";
import type { CountedName, ErrorCode, StatsEvent } from "@outsock/core";
import { BoundedMap } from "@outsock/core/adapter";
import type { OperationContext, OperationError } from "./messages.ts";
import type { ServerFields, ServerFieldsCache } from "./server-fields.ts";

type OperationEvent = Extract<StatsEvent, { operationId: number }>;
type OperationEnd = Extract<StatsEvent, { durationMs: number }>;
type Context = { -readonly [Name in keyof OperationContext]: OperationContext[Name] };

/** Enough for all operations in flight: only operations that never end are dropped. */
const mostContexts = 10_000;

function channelOf(name: CountedName): TracingChannel<unknown, OperationContext> {
  return tracingChannel<unknown, OperationContext>(`outsock:${name}`);
}

/**
 * Publishes operations as `tracePromise` does. `end` follows `start` immediately, because a sink does not know when the caller got its
 * promise. Subscribers are looked up when an operation is called, so that no end is published without its start.
 */
export class OperationChannels {
  readonly #channels: Readonly<Record<CountedName, TracingChannel<unknown, OperationContext>>> = {
    connect: channelOf("connect"),
    send: channelOf("send"),
    receive: channelOf("receive"),
    close: channelOf("close"),
    request: channelOf("request"),
    getStats: channelOf("getStats"),
    reset: channelOf("reset"),
    call: channelOf("call"),
    notify: channelOf("notify"),
  };
  readonly #contexts: BoundedMap<number, Context> = new BoundedMap(mostContexts);
  readonly #servers: ServerFieldsCache;

  constructor(servers: ServerFieldsCache) {
    this.#servers = servers;
  }

  /** The operations in flight that had a subscriber when they were called. */
  get size(): number {
    return this.#contexts.size;
  }

  called({ operation, operationId, correlationId, method }: OperationEvent): void {
    const channel = this.#channels[operation];
    if (!channel.hasSubscribers) return;
    const context: Context = { operation, operationId, correlationId };
    if (method !== undefined) context.method = method;
    this.#contexts.set(operationId, context);
    channel.start.publish(context);
    channel.end.publish(context);
  }

  started(event: Extract<StatsEvent, { type: "operation-started" }>): void {
    const context = this.#contexts.get(event.operationId);
    if (context === undefined) return;
    locate(context, event, this.#servers.of(event.url));
    context.source = event.source;
  }

  ended(event: OperationEnd): void {
    const context = this.#contexts.take(event.operationId);
    if (context === undefined) return;
    const channel = this.#channels[event.operation];
    locate(context, event, this.#servers.of(event.url));
    context.durationMs = event.durationMs;
    context.timings = event.timings;
    if (event.type !== "operation-succeeded") {
      fail(context, event);
      channel.error.publish(context);
    }
    channel.asyncStart.publish(context);
    channel.asyncEnd.publish(context);
  }
}

function locate(context: Context, { connectionId }: OperationEvent, server: ServerFields): void {
  if (connectionId !== undefined) context.connectionId = connectionId;
  if (server.serverAddress !== undefined) context.serverAddress = server.serverAddress;
  if (server.serverPort !== undefined) context.serverPort = server.serverPort;
}

function fail(context: Context, event: Exclude<OperationEnd, { type: "operation-succeeded" }>): void {
  const isLimited = event.type === "rate-limited";
  context.errorCode = isLimited ? "RATE_LIMITED" : event.code;
  context.phase = isLimited ? "admission" : event.phase;
  context.error = errorOf(event.operation, context.errorCode);
  if (!isLimited) return;
  context.source = event.source;
  if (event.retryAfterMs !== undefined) context.retryAfterMs = event.retryAfterMs;
}

function errorOf(operation: CountedName, code: ErrorCode): OperationError {
  return Object.assign(new Error(`${operation} failed with ${code}`), { name: "OutsockError", code });
}

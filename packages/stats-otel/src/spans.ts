import {
  type Attributes,
  type Context,
  context,
  isSpanContextValid,
  type Span,
  type SpanContext,
  SpanKind,
  type SpanOptions,
  SpanStatusCode,
  type Tracer,
  type TracerProvider,
  trace,
} from "@opentelemetry/api";
import type { CountedName, StatsEvent } from "@outsock/core";
import { BoundedMap } from "@outsock/core/adapter";
import {
  failureOf,
  type OperationEnd,
  type ServerAttributes,
  type ServerAttributesCache,
  scopeName,
} from "./event-attributes.ts";

type OperationCalled = Extract<StatsEvent, { type: "operation-called" }>;

interface SpanRecorderOptions {
  readonly tracerProvider: TracerProvider | undefined;
  /** Which operations have a span; all if absent. */
  readonly operations: ReadonlySet<CountedName> | undefined;
  readonly rpcSystemName: string;
  readonly servers: ServerAttributesCache;
}

interface OpenSpan {
  readonly span: Span;
  readonly parent: Context;
  /** By the wall clock, in milliseconds. */
  readonly startedAtMs: number;
}

/** Enough for all operations in flight: only operations that never end are dropped. */
const mostOpenSpans = 10_000;
const mostCorrelationIds = 1_000;

/** Makes one span for each operation. */
export class SpanRecorder {
  readonly #options: SpanRecorderOptions;
  readonly #open: BoundedMap<number, OpenSpan> = new BoundedMap(mostOpenSpans);
  /** The last span of each correlation id, for links. */
  readonly #last: BoundedMap<string, SpanContext> = new BoundedMap(mostCorrelationIds);
  #provider: TracerProvider | undefined;
  #tracer: Tracer | undefined;

  constructor(options: SpanRecorderOptions) {
    this.#options = options;
  }

  /** The spans that are open. */
  get size(): number {
    return this.#open.size;
  }

  record(event: StatsEvent, own: Attributes | undefined): void {
    switch (event.type) {
      case "operation-called":
        if (this.#options.operations?.has(event.operation) !== false) this.#start(event, own);
        return;
      case "operation-succeeded":
      case "operation-failed":
      case "rate-limited":
        this.#end(event, own);
    }
  }

  /** The context in which the operation's span is active. */
  contextOf(operationId: number): Context | undefined {
    const open = this.#open.get(operationId);
    return open === undefined ? undefined : trace.setSpan(open.parent, open.span);
  }

  #start(event: OperationCalled, own: Attributes | undefined): void {
    const { operation, operationId, correlationId } = event;
    const parent = context.active();
    const startedAtMs = Date.now();
    const options: SpanOptions = {
      kind: isLocal(operation) ? SpanKind.INTERNAL : SpanKind.CLIENT,
      startTime: startedAtMs,
      attributes: this.#startAttributes(event, own),
    };
    const previous = this.#last.get(correlationId);
    if (previous !== undefined) options.links = [{ context: previous }];
    const span = this.#currentTracer().startSpan(`outsock.${operation}`, options, parent);
    if (span.isRecording()) {
      this.#last.set(correlationId, span.spanContext());
      this.#open.set(operationId, { span, parent, startedAtMs });
    } else if (dials(operation) && isSpanContextValid(span.spanContext())) {
      // It is not exported, but the server must learn that the trace is not sampled.
      this.#open.set(operationId, { span, parent, startedAtMs });
    }
  }

  #startAttributes(
    { operation, correlationId, method }: OperationCalled,
    own: Attributes | undefined,
  ): Attributes {
    const attributes: Attributes = {
      "outsock.operation": operation,
      "outsock.correlation_id": correlationId,
      "network.protocol.name": "websocket",
    };
    if (method !== undefined || operation === "call")
      attributes["rpc.system.name"] = this.#options.rpcSystemName;
    if (method !== undefined) attributes["rpc.method"] = method;
    return own === undefined ? attributes : { ...attributes, ...own };
  }

  #end(event: OperationEnd, own: Attributes | undefined): void {
    const open = this.#open.take(event.operationId);
    if (open?.span.isRecording() !== true) return;
    const { span, startedAtMs } = open;
    span.setAttributes(endAttributes(event, this.#options.servers.of(event.url)));
    if (own !== undefined) span.setAttributes(own);
    if (event.type !== "operation-succeeded") {
      // error.type has the details.
      span.setStatus({ code: SpanStatusCode.ERROR });
    }
    // The manager's clock is monotonic with an arbitrary origin: only its durations are meaningful here.
    span.end(startedAtMs + event.durationMs);
  }

  /** The API's global provider forwards to an SDK that is registered later. */
  #currentTracer(): Tracer {
    const provider = this.#options.tracerProvider ?? trace.getTracerProvider();
    if (this.#tracer === undefined || provider !== this.#provider) {
      this.#provider = provider;
      this.#tracer = provider.getTracer(scopeName);
    }
    return this.#tracer;
  }
}

function dials(operation: CountedName): boolean {
  return operation === "connect" || operation === "request";
}

function isLocal(operation: CountedName): boolean {
  return operation === "getStats" || operation === "reset";
}

/** Attributes that are known only when the operation has ended. */
function endAttributes(event: OperationEnd, server: ServerAttributes | undefined): Attributes {
  const attributes: Attributes = { ...server };
  if (event.connectionId !== undefined) attributes["outsock.connection_id"] = event.connectionId;
  for (const [phase, tookMs] of Object.entries(event.timings)) {
    attributes[`outsock.phase.${phase}_ms`] = tookMs;
  }
  const failure = failureOf(event);
  if (failure === undefined) return attributes;
  attributes["error.type"] = failure.type["error.type"];
  attributes["outsock.failed_phase"] = failure.phase;
  if (event.type !== "rate-limited") return attributes;
  attributes["outsock.rate_limit.source"] = event.source;
  if (event.retryAfterMs !== undefined) attributes["outsock.retry_after_ms"] = event.retryAfterMs;
  return attributes;
}

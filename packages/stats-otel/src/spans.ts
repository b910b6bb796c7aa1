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
import type { OperationEnd } from "./operation-end.ts";
import { scopeName } from "./scope-name.ts";
import type { Servers } from "./servers.ts";
import { endAttributes } from "./span-attributes.ts";

type OperationCalled = Extract<StatsEvent, { type: "operation-called" }>;

interface SpansOptions {
  readonly tracerProvider: TracerProvider | undefined;
  /** Which operations have a span; every one where it is absent. */
  readonly operations: ReadonlySet<CountedName> | undefined;
  readonly rpcSystemName: string;
  readonly servers: Servers;
}

interface Live {
  readonly span: Span;
  readonly parent: Context;
  /** By the wall clock, in milliseconds. */
  readonly startedAt: number;
}

/** Only what never ends is ever forgotten: more operations than these are not under way at once. */
const mostLive = 10_000;
const mostCorrelated = 1_000;

/** One span for each operation that is under way. */
export class Spans {
  readonly #options: SpansOptions;
  readonly #live: BoundedMap<number, Live> = new BoundedMap(mostLive);
  /** The last span of each correlation id. */
  readonly #last: BoundedMap<string, SpanContext> = new BoundedMap(mostCorrelated);
  #provider: TracerProvider | undefined;
  #tracer: Tracer | undefined;

  constructor(options: SpansOptions) {
    this.#options = options;
  }

  /** The spans that are open. */
  get size(): number {
    return this.#live.size;
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

  /** The context in which the operation's span is the active one. */
  contextOf(operationId: number): Context | undefined {
    const live = this.#live.get(operationId);
    return live === undefined ? undefined : trace.setSpan(live.parent, live.span);
  }

  #start(event: OperationCalled, own: Attributes | undefined): void {
    const { operation, operationId, correlationId } = event;
    const parent = context.active();
    const startedAt = Date.now();
    const options: SpanOptions = {
      kind: isLocal(operation) ? SpanKind.INTERNAL : SpanKind.CLIENT,
      startTime: startedAt,
      attributes: this.#startAttributes(event, own),
    };
    const previous = this.#last.get(correlationId);
    if (previous !== undefined) options.links = [{ context: previous }];
    const span = this.#currentTracer().startSpan(`outsock.${operation}`, options, parent);
    if (span.isRecording()) {
      this.#last.set(correlationId, span.spanContext());
      this.#live.set(operationId, { span, parent, startedAt });
    } else if (dials(operation) && isSpanContextValid(span.spanContext())) {
      // Nobody sees it, but the server is to hear that the trace is not sampled.
      this.#live.set(operationId, { span, parent, startedAt });
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
    const live = this.#live.take(event.operationId);
    if (live?.span.isRecording() !== true) return;
    const { span, startedAt } = live;
    span.setAttributes(endAttributes(event, this.#options.servers.of(event.url)));
    if (own !== undefined) span.setAttributes(own);
    if (event.type !== "operation-succeeded") {
      // error.type says the rest.
      span.setStatus({ code: SpanStatusCode.ERROR });
    }
    // The manager's clock is monotonic and of any origin: only its durations mean something here.
    span.end(startedAt + event.durationMs);
  }

  /** The API's own provider passes on to an SDK that is registered later. */
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

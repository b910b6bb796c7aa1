import type { Attributes, MeterProvider, TracerProvider } from "@opentelemetry/api";
import type { CountedName, StatsEvent } from "@outsock/core";
import { type Check, checkOptions, checks, shape } from "@outsock/core/options";

/**
 * What an `attributes` function gets of an event. There are no ids: the result becomes attributes of metrics, where each new value is a
 * new time series.
 */
export interface AttributedEvent {
  readonly type: StatsEvent["type"];
  /** Absent for events of a connection. */
  readonly operation?: CountedName | undefined;
  /** Redacted. Absent until the operation has a server. Beware of paths with many different values. */
  readonly url?: string | undefined;
}

export interface OtelStatsOptions {
  /** Default: the global one, even if it is registered later. */
  readonly meterProvider?: MeterProvider | undefined;
  /** Default: the global one, even if it is registered later. */
  readonly tracerProvider?: TracerProvider | undefined;
  /** Whether to record metrics. Default true. */
  readonly metrics?: boolean | undefined;
  /** Whether operations have spans, or which of them. Default true. */
  readonly traces?: boolean | readonly CountedName[] | undefined;
  /**
   * More attributes for every measurement and span, or a function that returns some for each event. They override the built-in ones,
   * so that `server.address` can be made coarser. There must be few different values. The function is called on the hot path, for
   * spans in the caller's context at `operation-called`; errors that it throws are ignored. Default: none.
   */
  readonly attributes?: Attributes | ((event: AttributedEvent) => Attributes | undefined) | undefined;
  /** `rpc.system.name` of a session's calls: `"jsonrpc"` for JSON-RPC. Default `"outsock"`. */
  readonly rpcSystemName?: string | undefined;
}

export interface OtelSettings {
  readonly meterProvider: MeterProvider | undefined;
  readonly tracerProvider: TracerProvider | undefined;
  readonly metrics: boolean;
  readonly traces: boolean;
  /** Those with a span; all if absent. */
  readonly tracedOperations: ReadonlySet<CountedName> | undefined;
  readonly attributes: Attributes | ((event: AttributedEvent) => Attributes | undefined) | undefined;
  readonly rpcSystemName: string;
}

const operationNames: Readonly<Record<CountedName, true>> = {
  connect: true,
  send: true,
  receive: true,
  close: true,
  request: true,
  getStats: true,
  reset: true,
  call: true,
  notify: true,
};

const traces: Check = (value) => {
  if (typeof value === "boolean") return undefined;
  // A copy turns holes of an array into undefined.
  const names: unknown[] = Array.isArray(value) ? Array.from(value) : [undefined];
  const valid = names.every((name) => typeof name === "string" && Object.hasOwn(operationNames, name));
  return valid ? undefined : `must be a boolean or an array of ${Object.keys(operationNames).join(", ")}`;
};

const attributes: Check = (value) => {
  if (typeof value === "function") return undefined;
  const valid = typeof value === "object" && value !== null && !Array.isArray(value);
  return valid ? undefined : "must be an object of attributes or a function that returns one";
};

const otelChecks = {
  meterProvider: shape("getMeter"),
  tracerProvider: shape("getTracer"),
  metrics: checks.flag,
  traces,
  attributes,
  rpcSystemName: checks.text,
};

/** @throws TypeError for an unknown option or one of the wrong type. */
export function resolveOtelSettings(options: OtelStatsOptions): OtelSettings {
  checkOptions("otelStats", otelChecks, options);
  const { traces = true, attributes } = options;
  return {
    meterProvider: options.meterProvider,
    tracerProvider: options.tracerProvider,
    metrics: options.metrics ?? true,
    traces: typeof traces === "boolean" ? traces : traces.length > 0,
    tracedOperations: typeof traces === "boolean" ? undefined : new Set(traces),
    attributes: typeof attributes === "object" ? { ...attributes } : attributes,
    rpcSystemName: options.rpcSystemName ?? "outsock",
  };
}

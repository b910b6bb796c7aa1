import type { Attributes, Context } from "@opentelemetry/api";
import { context, metrics, propagation, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  type MetricData,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import {
  InMemorySpanExporter,
  type ReadableSpan,
  type Sampler,
  SimpleSpanProcessor,
  TracerProvider,
} from "@opentelemetry/sdk-trace";

/** A real SDK that exports to memory. */
export interface Telemetry {
  readonly meterProvider: MeterProvider;
  readonly tracerProvider: TracerProvider;
  /** Everything measured so far. */
  collect(): Promise<readonly MetricData[]>;
  /** The data points of one metric: a number, or a histogram's count and sum, for each set of attributes. */
  points(name: string): Promise<readonly Point[]>;
  /** The spans that have ended, the first to end first. */
  spans(): readonly ReadableSpan[];
}

interface Point {
  readonly attributes: Attributes;
  readonly count: number;
  readonly sum: number;
}

export function telemetry(sampler?: Sampler): Telemetry {
  const metricExporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({
    exporter: metricExporter,
    exportIntervalMillis: 3_600_000,
  });
  const meterProvider = new MeterProvider({ readers: [reader] });
  const spanExporter = new InMemorySpanExporter();
  const tracerProvider = new TracerProvider({
    spanProcessors: [new SimpleSpanProcessor({ exporter: spanExporter })],
    ...(sampler === undefined ? {} : { sampler }),
  });
  const collect: Telemetry["collect"] = async () => {
    metricExporter.reset();
    await meterProvider.forceFlush();
    const last = metricExporter.getMetrics().at(-1);
    return last?.scopeMetrics.flatMap((scope) => scope.metrics) ?? [];
  };
  return {
    meterProvider,
    tracerProvider,
    collect,
    async points(name) {
      const all = await collect();
      return pointsOf(all.find((metric) => metric.descriptor.name === name));
    },
    spans: () => spanExporter.getFinishedSpans(),
  };
}

function pointsOf(metric: MetricData | undefined): Point[] {
  const points: Point[] = [];
  for (const { attributes, value } of metric?.dataPoints ?? []) {
    if (typeof value === "number") points.push({ attributes, count: value, sum: value });
    else points.push({ attributes, count: value.count, sum: value.sum ?? 0 });
  }
  return points;
}

/** Registers a context manager and a propagator, as programs do at start-up. Undo it after each test. */
export function registerContext(): void {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
}

export function unregisterAll(): void {
  context.disable();
  propagation.disable();
  trace.disable();
  metrics.disable();
}

/** Runs a function below an active span of the program. */
export function within<Result>({ tracerProvider }: Telemetry, name: string, run: () => Result): Result {
  const span = tracerProvider.getTracer("test").startSpan(name);
  const active: Context = trace.setSpan(context.active(), span);
  try {
    return context.with(active, run);
  } finally {
    span.end();
  }
}

/** A high-resolution time or duration in milliseconds. */
export function inMs([seconds, nanoseconds]: readonly [number, number]): number {
  return seconds * 1_000 + nanoseconds / 1_000_000;
}

import type { Metrics } from "@aws-lambda-powertools/metrics";
import type { ErrorFigures, Figures, OperationFigures } from "./figures.ts";

type Unit = Parameters<Metrics["addMetric"]>[1];

/** Every metric and its unit. */
const units = [
  ["Operations", "Count"],
  ["OperationErrors", "Count"],
  ["RateLimited", "Count"],
  ["RateLimitFallbacks", "Count"],
  ["OperationDuration", "Milliseconds"],
  ["ConnectDuration", "Milliseconds"],
  ["ConnectionsOpened", "Count"],
  ["ConnectionsClosed", "Count"],
  ["OpenConnections", "Count"],
  ["MessagesSent", "Count"],
  ["MessagesReceived", "Count"],
  ["MessagesDropped", "Count"],
  ["ReceivedBytes", "Bytes"],
] as const;

type Name = (typeof units)[number][0];
/** One value, or several at the same time. */
type Values = { readonly [Of in Name]?: number | readonly number[] };

/** The fields at the root of a line, which metadata must not use. */
export const reservedNames: readonly string[] = [
  "_aws",
  "service",
  "Operation",
  "Code",
  ...units.map(([name]) => name),
];

/** One line of the log: metrics with the same dimensions. */
export interface MetricLine {
  readonly dimensions: Readonly<Record<string, string>>;
  readonly metadata: Readonly<Record<string, string>>;
  readonly metrics: readonly LineMetric[];
}

interface LineMetric {
  readonly name: string;
  readonly unit: Unit;
  readonly values: readonly number[];
}

/** The lines of a flush: totals, each kind of operation, each error code. */
export function metricLinesOf(figures: Figures, openConnections: number): MetricLine[] {
  return [
    line({}, totals(figures, openConnections)),
    ...[...figures.operations].map(([name, of]) => line({ Operation: name }, ofOperation(of))),
    ...[...figures.errors].map(([code, of]) =>
      line({ Code: code }, { OperationErrors: of.errors }, trace(of)),
    ),
  ];
}

function totals(figures: Figures, openConnections: number): Values {
  const operations = [...figures.operations.values()];
  const sum = (of: (operation: OperationFigures) => number): number =>
    operations.reduce((so, operation) => so + of(operation), 0);
  return {
    ...counts(
      sum((of) => of.operations),
      sum((of) => of.errors),
      sum((of) => of.rateLimited),
    ),
    ...some("RateLimitFallbacks", figures.rateLimitFallbacks),
    ...durations("ConnectDuration", figures.connects.values()),
    ...some("ConnectionsOpened", figures.connectionsOpened),
    ...some("ConnectionsClosed", figures.connectionsClosed),
    OpenConnections: openConnections,
    ...some("MessagesSent", figures.messagesSent),
    ...some("MessagesReceived", figures.messagesReceived),
    ...some("MessagesDropped", figures.messagesDropped),
    ...some("ReceivedBytes", figures.receivedBytes),
  };
}

function ofOperation({ operations, errors, rateLimited, durations: took }: OperationFigures): Values {
  return { ...counts(operations, errors, rateLimited), ...durations("OperationDuration", took.values()) };
}

/** Zero errors among operations is written too: an alarm on the failure rate needs it. */
function counts(operations: number, errors: number, rateLimited: number): Values {
  if (operations === 0) return {};
  return { Operations: operations, OperationErrors: errors, ...some("RateLimited", rateLimited) };
}

/** Nothing if it is zero: a metric is billed by the hours in which it has a value. */
function some(name: Name, count: number): Values {
  return count === 0 ? {} : { [name]: count };
}

function durations(name: Name, values: readonly number[]): Values {
  return values.length === 0 ? {} : { [name]: values };
}

/** A longer correlation id is cut. */
const longestId = 256;

function trace({ last }: ErrorFigures): Readonly<Record<string, string>> {
  return {
    lastOperation: last.operation,
    lastPhase: last.phase,
    lastCorrelationId: last.correlationId.slice(0, longestId),
  };
}

function line(
  dimensions: MetricLine["dimensions"],
  values: Values,
  metadata: MetricLine["metadata"] = {},
): MetricLine {
  const metrics: LineMetric[] = [];
  for (const [name, unit] of units) {
    const value = values[name];
    if (value !== undefined)
      metrics.push({ name, unit, values: typeof value === "number" ? [value] : value });
  }
  return { dimensions, metadata, metrics };
}

import { type Counter, type Histogram, type Meter, type UpDownCounter, ValueType } from "@opentelemetry/api";

/** The name of every metric, for dashboards and views. */
export const otelMetricNames = {
  callDuration: "rpc.client.call.duration",
  operationDuration: "outsock.operation.duration",
  phaseDuration: "outsock.operation.phase.duration",
  connectionCount: "outsock.connection.count",
  connectionDuration: "outsock.connection.duration",
  messageCount: "outsock.message.count",
  messageSize: "outsock.message.size",
  rateLimitRejected: "outsock.rate_limit.rejected",
  rateLimitFallback: "outsock.rate_limit.fallback",
} as const;

export interface OtelInstruments {
  readonly callDuration: Histogram;
  readonly operationDuration: Histogram;
  readonly phaseDuration: Histogram;
  readonly connectionCount: UpDownCounter;
  readonly connectionDuration: Histogram;
  readonly messageCount: Counter;
  readonly messageSize: Histogram;
  readonly rateLimitRejected: Counter;
  readonly rateLimitFallback: Counter;
}

/** From the RPC conventions (semconv 1.45, rpc.client.call.duration). */
const callSeconds = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
/** A send over an open connection takes microseconds, a cold connect seconds. */
const operationSeconds = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
];
/** A request's connection lives for milliseconds, a session's for hours. */
const connectionSeconds = [0.01, 0.1, 1, 10, 60, 300, 900, 1_800, 3_600, 14_400, 43_200, 86_400];
/** Up to the default of `maxMessageBytes` and beyond. */
const messageBytes = [64, 256, 1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304];

export function createOtelInstruments(meter: Meter): OtelInstruments {
  const names = otelMetricNames;
  const duration = (name: string, description: string, boundaries: number[]): Histogram =>
    meter.createHistogram(name, { description, unit: "s", advice: { explicitBucketBoundaries: boundaries } });
  const counter = (name: string, unit: string, description: string): Counter =>
    meter.createCounter(name, { description, unit, valueType: ValueType.INT });
  return {
    callDuration: duration(names.callDuration, "How long calls of a session took.", callSeconds),
    operationDuration: duration(names.operationDuration, "How long operations took.", operationSeconds),
    phaseDuration: duration(names.phaseDuration, "How long a phase of operations took.", operationSeconds),
    connectionCount: meter.createUpDownCounter(names.connectionCount, {
      description: "Connections that are open.",
      unit: "{connection}",
      valueType: ValueType.INT,
    }),
    connectionDuration: duration(
      names.connectionDuration,
      "How long connections were open.",
      connectionSeconds,
    ),
    messageCount: counter(names.messageCount, "{message}", "Messages sent, received and dropped."),
    messageSize: meter.createHistogram(names.messageSize, {
      description: "Payload of messages received.",
      unit: "By",
      valueType: ValueType.INT,
      advice: { explicitBucketBoundaries: messageBytes },
    }),
    rateLimitRejected: counter(
      names.rateLimitRejected,
      "{operation}",
      "Operations that the rate limiter refused.",
    ),
    rateLimitFallback: counter(
      names.rateLimitFallback,
      "{operation}",
      "Operations that were decided without the limiter's shared store.",
    ),
  };
}

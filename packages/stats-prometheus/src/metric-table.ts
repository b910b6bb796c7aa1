interface Metric {
  readonly help: string;
  readonly labels: readonly string[];
}

export type MetricName =
  | "operations_total"
  | "operation_errors_total"
  | "operation_duration_seconds"
  | "phase_duration_seconds"
  | "operations_in_flight"
  | "open_connections"
  | "connections_opened_total"
  | "connections_closed_total"
  | "connection_duration_seconds"
  | "messages_total"
  | "messages_dropped_total"
  | "received_bytes_total"
  | "rate_limited_total"
  | "rate_limit_fallbacks_total";

/** Every metric, without its prefix. */
export const metricTable: Readonly<Record<MetricName, Metric>> = {
  operations_total: {
    help: "Operations that are over, by what they came to.",
    labels: ["operation", "outcome"],
  },
  operation_errors_total: {
    help: "Operations that failed, by error code and the step in which they did.",
    labels: ["operation", "code", "phase"],
  },
  operation_duration_seconds: {
    help: "How long operations took, those that failed among them, the rate limited not.",
    labels: ["operation"],
  },
  phase_duration_seconds: { help: "How long each step of operations took.", labels: ["operation", "phase"] },
  operations_in_flight: { help: "Operations that are called and not over.", labels: ["operation"] },
  open_connections: { help: "Connections that are open.", labels: ["server"] },
  connections_opened_total: { help: "Connections opened.", labels: ["server"] },
  connections_closed_total: {
    help: "Connections closed, by close code and whether the closing handshake was completed.",
    labels: ["server", "code", "clean"],
  },
  connection_duration_seconds: { help: "How long connections were open.", labels: [] },
  messages_total: { help: "Messages sent, and messages received and taken.", labels: ["direction"] },
  messages_dropped_total: { help: "Messages that came in and were dropped for want of room.", labels: [] },
  received_bytes_total: { help: "Payload of the messages received and taken, in bytes.", labels: [] },
  rate_limited_total: {
    help: "Operations that a rate limiter refused, by who decided.",
    labels: ["operation", "source"],
  },
  rate_limit_fallbacks_total: {
    help: "Decisions of a rate limiter without its shared store.",
    labels: [],
  },
};

/** Every label of ours, and the one that a histogram has by itself. */
export const labelNames: readonly string[] = [
  ...new Set(Object.values(metricTable).flatMap(({ labels }) => labels)),
  "le",
];

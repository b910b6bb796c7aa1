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
    help: "Operations that have ended, by outcome.",
    labels: ["operation", "outcome"],
  },
  operation_errors_total: {
    help: "Operations that failed, by error code and phase.",
    labels: ["operation", "code", "phase"],
  },
  operation_duration_seconds: {
    help: "How long operations took, including failed ones, without rate limited ones.",
    labels: ["operation"],
  },
  phase_duration_seconds: { help: "How long each phase of operations took.", labels: ["operation", "phase"] },
  operations_in_flight: { help: "Operations in flight.", labels: ["operation"] },
  open_connections: { help: "Connections that are open.", labels: ["server"] },
  connections_opened_total: { help: "Connections opened.", labels: ["server"] },
  connections_closed_total: {
    help: "Connections closed, by close code and whether the closing handshake was completed.",
    labels: ["server", "code", "clean"],
  },
  connection_duration_seconds: { help: "How long connections were open.", labels: [] },
  messages_total: { help: "Messages sent, and messages received and consumed.", labels: ["direction"] },
  messages_dropped_total: {
    help: "Messages that were received and dropped, because the inbox was full.",
    labels: [],
  },
  received_bytes_total: { help: "Payload of the messages received and consumed, in bytes.", labels: [] },
  rate_limited_total: {
    help: "Operations that a rate limiter refused, by the source of the decision.",
    labels: ["operation", "source"],
  },
  rate_limit_fallbacks_total: {
    help: "Decisions of a rate limiter without its shared store.",
    labels: [],
  },
};

/** Every label of these metrics, and the one that histograms add. */
export const labelNames: readonly string[] = [
  ...new Set(Object.values(metricTable).flatMap(({ labels }) => labels)),
  "le",
];

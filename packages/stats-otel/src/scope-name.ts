/** Under which OpenTelemetry shows what comes from here. */
export const scopeName = "@outsock/stats-otel";

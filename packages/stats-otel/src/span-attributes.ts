import type { Attributes } from "@opentelemetry/api";
import { failureOf, type OperationEnd } from "./operation-end.ts";
import type { ServerAttributes } from "./servers.ts";

/** What is known only when the operation is over. */
export function endAttributes(event: OperationEnd, server: ServerAttributes | undefined): Attributes {
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

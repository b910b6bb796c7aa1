import type { Phase, StatsEvent } from "@outsock/core";
import { PerUrl, serverOf } from "@outsock/core/adapter";

/** The name of the instrumentation scope of metrics and spans. */
export const scopeName = "@outsock/stats-otel";

/** The server of an operation or connection, under the names of the OpenTelemetry conventions. */
export type ServerAttributes = { readonly "server.address": string; readonly "server.port": number };

/** The server attributes of URLs. */
export class ServerAttributesCache {
  readonly #cache: PerUrl<ServerAttributes | undefined> = new PerUrl(serverAttributesOf);

  of(url: string | undefined): ServerAttributes | undefined {
    return url === undefined ? undefined : this.#cache.of(url);
  }
}

function serverAttributesOf(url: string): ServerAttributes | undefined {
  const server = serverOf(url);
  return server === undefined ? undefined : { "server.address": server.address, "server.port": server.port };
}

export type OperationEnd = Extract<StatsEvent, { durationMs: number }>;

interface FailureAttributes {
  /** An object, so that it can be spread. */
  readonly type: { readonly "error.type": string };
  readonly phase: Phase;
}

/** Undefined for an operation that succeeded. */
export function failureOf(event: OperationEnd): FailureAttributes | undefined {
  if (event.type === "operation-succeeded") return undefined;
  if (event.type === "rate-limited") return { type: { "error.type": "RATE_LIMITED" }, phase: "admission" };
  return { type: { "error.type": event.code }, phase: event.phase };
}

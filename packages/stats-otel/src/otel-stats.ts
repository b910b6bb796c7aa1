import { type Attributes, diag } from "@opentelemetry/api";
import type { StatsEvent, StatsSink, Transport } from "@outsock/core";
import { ServerAttributesCache, scopeName } from "./event-attributes.ts";
import { MetricRecorder } from "./metrics.ts";
import { type OtelSettings, type OtelStatsOptions, resolveOtelSettings } from "./otel-stats-options.ts";
import { SpanRecorder } from "./spans.ts";
import { tracedTransport } from "./traced.ts";

/** A stats sink for OpenTelemetry, and a transport layer that propagates the trace context. */
export interface OtelStats extends StatsSink {
  /**
   * A transport that sends the trace context with each handshake: the headers that the global propagator creates from the span of
   * the operation that dials, or from the active context if that operation has no span. The caller's own headers win. If the
   * transport cannot send headers, nothing is added.
   *
   * It belongs below a pool, `pooled(stats.traced(wsTransport()))`: a pool reuses a connection only for the same headers, and no
   * two traces have the same.
   *
   * @throws TypeError for something that is not a transport.
   */
  traced(transport: Transport): Transport;
}

/**
 * Metrics and traces through the OpenTelemetry API, for any SDK that the program registers. Without one it does next to nothing.
 *
 * Durations are in seconds and sizes in bytes, by OpenTelemetry's conventions. Metric attributes are the operation, the server's host
 * and port, and the error code, never an id or a path.
 *
 * @throws TypeError for an unknown option or one of the wrong type.
 *
 * @example
 * const stats = otelStats();
 * const manager = createWebSocketManager({ transport: stats.traced(wsTransport()), statsSink: stats });
 */
export function otelStats(options: OtelStatsOptions = {}): OtelStats {
  return new OtelSink(resolveOtelSettings(options));
}

class OtelSink implements OtelStats {
  readonly #attributes: OtelSettings["attributes"];
  readonly #metrics: MetricRecorder | undefined;
  readonly #spans: SpanRecorder | undefined;
  #complained = false;

  constructor(settings: OtelSettings) {
    const { meterProvider, tracerProvider, rpcSystemName, tracedOperations: operations } = settings;
    const servers = new ServerAttributesCache();
    this.#attributes = settings.attributes;
    if (settings.metrics) this.#metrics = new MetricRecorder({ meterProvider, rpcSystemName, servers });
    if (settings.traces)
      this.#spans = new SpanRecorder({ tracerProvider, operations, rpcSystemName, servers });
  }

  record(event: StatsEvent): void {
    if (event.type === "reset" || isPlainStart(event)) return;
    const own = this.#own(event);
    // Separately: an error of the SDK in a measurement must not leave a span open.
    try {
      this.#metrics?.record(event, own);
    } catch (error) {
      this.#complain(error);
    }
    try {
      this.#spans?.record(event, own);
    } catch (error) {
      this.#complain(error);
    }
  }

  traced(transport: Transport): Transport {
    return tracedTransport(transport, (operationId) => this.#spans?.contextOf(operationId));
  }

  #own(event: StatsEvent): Attributes | undefined {
    if (typeof this.#attributes !== "function") return this.#attributes;
    try {
      // Only the fields of the type: ids must not get into metrics through a spread.
      const { type, operation, url } = { operation: undefined, url: undefined, ...event };
      const own: unknown = this.#attributes({ type, operation, url });
      return isAttributes(own) ? own : undefined;
    } catch (error) {
      this.#complain(error);
      return undefined;
    }
  }

  /** Logged once: what fails for one event fails for all. */
  #complain(error: unknown): void {
    if (this.#complained) return;
    this.#complained = true;
    diag.error(`${scopeName}: an event could not be recorded; this is logged once`, error);
  }
}

/** Most events are of this kind, and nothing is recorded for them. */
function isPlainStart(event: StatsEvent): boolean {
  return event.type === "operation-started" && event.source !== "fallback";
}

function isAttributes(value: unknown): value is Attributes {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

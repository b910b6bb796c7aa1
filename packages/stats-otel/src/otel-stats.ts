import { type Attributes, diag } from "@opentelemetry/api";
import type { StatsEvent, StatsSink, Transport } from "@outsock/core";
import { Metrics } from "./metrics.ts";
import { type OtelSettings, type OtelStatsOptions, resolveOtelSettings } from "./otel-stats-options.ts";
import { scopeName } from "./scope-name.ts";
import { Servers } from "./servers.ts";
import { Spans } from "./spans.ts";
import { tracedTransport } from "./traced.ts";

/** A stats sink that feeds OpenTelemetry, and the layer that tells servers of the traces. */
export interface OtelStats extends StatsSink {
  /**
   * A transport that sends the trace context with each handshake: the headers that the global propagator makes of the span of
   * the operation that dials, or of the active context where that operation has none. Headers that the caller gave win. Over
   * a transport that sends no headers nothing is added.
   *
   * It belongs below a pool, `pooled(stats.traced(wsTransport()))`: a pool shares connections among those who ask for the same
   * headers, and no two traces have the same.
   *
   * @throws TypeError for something that is no transport.
   */
  traced(transport: Transport): Transport;
}

/**
 * Metrics and traces by the OpenTelemetry API, for whichever SDK the program registers. Without one it does next to nothing.
 *
 * Durations are in seconds and sizes in bytes, as OpenTelemetry has it. Attributes of metrics name the operation, the server's
 * host and port, and the error code, never an id or a path.
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
  readonly #metrics: Metrics | undefined;
  readonly #spans: Spans | undefined;
  #complained = false;

  constructor(settings: OtelSettings) {
    const { meterProvider, tracerProvider, rpcSystemName, tracedOperations: operations } = settings;
    const servers = new Servers();
    this.#attributes = settings.attributes;
    if (settings.metrics) this.#metrics = new Metrics({ meterProvider, rpcSystemName, servers });
    if (settings.traces) this.#spans = new Spans({ tracerProvider, operations, rpcSystemName, servers });
  }

  record(event: StatsEvent): void {
    if (event.type === "reset" || isPlainStart(event)) return;
    const own = this.#own(event);
    // One by one: what an SDK throws at a measurement must not leave a span open.
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
      // No more than the type says: ids must not come into metrics by a spread.
      const { type, operation, url } = { operation: undefined, url: undefined, ...event };
      const own: unknown = this.#attributes({ type, operation, url });
      return isAttributes(own) ? own : undefined;
    } catch (error) {
      this.#complain(error);
      return undefined;
    }
  }

  /** Once: what fails for one event fails for all. */
  #complain(error: unknown): void {
    if (this.#complained) return;
    this.#complained = true;
    diag.error(`${scopeName}: an event could not be recorded; this is said once`, error);
  }
}

/** Most events are of this kind, and nothing is made of them. */
function isPlainStart(event: StatsEvent): boolean {
  return event.type === "operation-started" && event.source !== "fallback";
}

function isAttributes(value: unknown): value is Attributes {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

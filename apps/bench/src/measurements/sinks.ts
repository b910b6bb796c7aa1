import { Metrics } from "@aws-lambda-powertools/metrics";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { TracerProvider } from "@opentelemetry/sdk-trace";
import type { StatsSink } from "@outsock/core";
import { diagnosticsStats } from "@outsock/stats-diagnostics";
import { emfStats } from "@outsock/stats-emf";
import { otelStats } from "@outsock/stats-otel";
import { prometheusStats } from "@outsock/stats-prometheus";
import { createMemoryNetwork, type MemoryNetwork } from "@outsock/transport-memory";
import { Registry } from "@prometheus-io/client";
import { assertAllSucceeded, createManager, openManaged } from "../clients/managed.ts";
import { message } from "../clients/messages.ts";
import { alternate, type Contender, readingsOf } from "../harness/alternate.ts";
import type { ServerAddress } from "../harness/start-server.ts";
import type { Effort, Measurement, RowDefinition, Sampled } from "../measurement.ts";

const operations = 500;
const without = "no sink";

/** One of each, set up as in a program. */
const makers: Readonly<Record<string, () => StatsSink>> = {
  empty: () => ({ record: () => undefined }),
  diagnostics: () => diagnosticsStats(),
  prometheus: () => prometheusStats({ registry: new Registry() }),
  emf: () => emfStats({ metrics: new Metrics({ namespace: "bench" }) }),
  "otel-metrics": () => otelStats({ meterProvider: meterProvider(), traces: false }),
  otel: () => otelStats({ meterProvider: meterProvider(), tracerProvider: new TracerProvider() }),
};

function meterProvider(): MeterProvider {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  return new MeterProvider({
    readers: [
      new PeriodicExportingMetricReader({
        exporter,
        exportIntervalMillis: 3_600_000,
        exportTimeoutMillis: 1_000,
      }),
    ],
  });
}

const names: Readonly<Record<string, string>> = {
  empty: "a sink that does nothing",
  diagnostics: "diagnosticsStats, without subscribers",
  prometheus: "prometheusStats",
  emf: "emfStats",
  "otel-metrics": "otelStats with the SDK, metrics only",
  otel: "otelStats with the SDK, metrics and a recorded span for each",
};

/**
 * The cost of each sink for a send and a receive, which are eight events. It is measured on a network in memory: over a socket,
 * part of the work would hide in the time that the process waits for the answer.
 */
export const sinks: Measurement = {
  id: "sinks",
  processes: 3,
  rows: Object.keys(makers).map(
    (name): RowDefinition => ({
      id: `sink/${name}`,
      name: `what ${names[name]} adds to a send and a receive`,
      unit: "us",
    }),
  ),

  async measure(_address: ServerAddress, effort: Effort): Promise<Sampled> {
    const network = createMemoryNetwork();
    network.listen(url, (peer) => peer.onMessage((text) => peer.send(text)));
    const contenders = await Promise.all([
      exchange(without, network, undefined),
      ...Object.entries(makers).map(([name, make]) => exchange(name, network, make())),
    ]);
    const readings = await alternate(contenders, effort === "full" ? 60 : 10);
    const bare = readingsOf(readings, without);
    const samples = Object.keys(makers).map((name) => {
      const added = readingsOf(readings, name).map(
        ({ wallNs }, round) => (wallNs - (bare[round]?.wallNs ?? Number.NaN)) / 1_000,
      );
      return [`sink/${name}`, added];
    });
    return { samples: Object.fromEntries(samples) };
  },
};

const url = "ws://peer.example";

async function exchange(
  name: string,
  network: MemoryNetwork,
  statsSink: StatsSink | undefined,
): Promise<Contender> {
  const transport = network.transport();
  const { manager, connection } = await openManaged(url, createManager({ transport, statsSink }));
  return {
    name,
    operations,
    async block() {
      for (let i = 0; i < operations; i += 1) {
        await manager.send(connection, message);
        await manager.receive(connection);
      }
      assertAllSucceeded(manager);
    },
  };
}

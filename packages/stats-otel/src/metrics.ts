import {
  type Attributes,
  createNoopMeter,
  type MeterProvider,
  metrics,
  type UpDownCounter,
} from "@opentelemetry/api";
import type { Phase, StatsEvent } from "@outsock/core";
import { failureOf, type OperationEnd, type ServerAttributesCache, scopeName } from "./event-attributes.ts";
import { createOtelInstruments, type OtelInstruments } from "./instruments.ts";

interface MetricRecorderOptions {
  readonly meterProvider: MeterProvider | undefined;
  readonly rpcSystemName: string;
  readonly servers: ServerAttributesCache;
}

const phases: readonly Phase[] = ["admission", "connect", "send", "receive", "close"];

/** Records measurements of events. No attribute value comes from an id, a path, a query or a payload. */
export class MetricRecorder {
  readonly #options: MetricRecorderOptions;
  readonly #connections: OpenConnections = new OpenConnections();
  #provider: MeterProvider | undefined;
  #instruments: OtelInstruments | undefined;

  constructor(options: MetricRecorderOptions) {
    this.#options = options;
  }

  record(event: StatsEvent, own: Attributes | undefined): void {
    const to = this.#current();
    switch (event.type) {
      case "operation-started":
        if (event.source === "fallback") to?.rateLimitFallback.add(1, operationOf(event, own));
        return;
      case "operation-succeeded":
      case "operation-failed":
      case "rate-limited":
        if (to !== undefined) this.#ended(to, event, own);
        return;
      case "connection-opened":
        this.#connections.opened(event.connectionId, this.#serverOf(event, own), to?.connectionCount);
        return;
      case "connection-closed":
        this.#connections.closed(event.connectionId, to?.connectionCount);
        to?.connectionDuration.record(event.openMs / 1_000, this.#serverOf(event, own));
        return;
      case "message-received":
        if (to === undefined) return;
        to.messageSize.record(event.byteLength, this.#serverOf(event, own));
        to.messageCount.add(1, this.#directed(event, "received", own));
        return;
      case "message-sent":
        to?.messageCount.add(1, this.#directed(event, "sent", own));
        return;
      case "message-dropped":
        to?.messageCount.add(1, this.#directed(event, "dropped", own));
        return;
    }
  }

  /** Undefined without an SDK. The global provider may be registered late and may be replaced. */
  #current(): OtelInstruments | undefined {
    const provider = this.#options.meterProvider ?? metrics.getMeterProvider();
    if (provider === this.#provider) return this.#instruments;
    const meter = provider.getMeter(scopeName);
    this.#provider = provider;
    this.#instruments = meter === createNoopMeter() ? undefined : createOtelInstruments(meter);
    if (this.#instruments !== undefined) this.#connections.addAllTo(this.#instruments.connectionCount);
    return this.#instruments;
  }

  #ended(to: OtelInstruments, event: OperationEnd, own: Attributes | undefined): void {
    const server = this.#options.servers.of(event.url);
    const failure = failureOf(event);
    const seconds = event.durationMs / 1_000;
    to.operationDuration.record(seconds, {
      "outsock.operation": event.operation,
      ...server,
      ...failure?.type,
      ...own,
    });
    if (event.operation === "call") {
      const call: Attributes = { "rpc.system.name": this.#options.rpcSystemName };
      if (event.method !== undefined) call["rpc.method"] = event.method;
      to.callDuration.record(seconds, { ...call, ...server, ...failure?.type, ...own });
    }
    for (const phase of phases) {
      const tookMs = event.timings[phase];
      if (tookMs === undefined) continue;
      to.phaseDuration.record(tookMs / 1_000, {
        "outsock.operation": event.operation,
        "outsock.phase": phase,
        ...server,
        ...(failure?.phase === phase ? failure.type : undefined),
        ...own,
      });
    }
    if (event.type !== "rate-limited") return;
    to.rateLimitRejected.add(1, { ...operationOf(event, undefined), ...server, ...own });
    if (event.source === "fallback") to.rateLimitFallback.add(1, operationOf(event, own));
  }

  #serverOf(event: { readonly url: string }, own: Attributes | undefined): Attributes {
    return { ...this.#options.servers.of(event.url), ...own };
  }

  #directed(event: { readonly url: string }, direction: string, own: Attributes | undefined): Attributes {
    return { "outsock.message.direction": direction, ...this.#options.servers.of(event.url), ...own };
  }
}

function operationOf(event: { readonly operation: string }, own: Attributes | undefined): Attributes {
  return { "outsock.operation": event.operation, ...own };
}

/**
 * The open connections, each with the attributes under which it was counted: the count goes down under the same attributes, whatever
 * those of its close event are. So a meter that is registered late or replaced starts from the right count, and never goes below zero.
 */
class OpenConnections {
  readonly #open: Map<string, Attributes> = new Map();

  opened(connectionId: string, attributes: Attributes, counter: UpDownCounter | undefined): void {
    this.#open.set(connectionId, attributes);
    counter?.add(1, attributes);
  }

  closed(connectionId: string, counter: UpDownCounter | undefined): void {
    const attributes = this.#open.get(connectionId);
    if (attributes === undefined) return;
    this.#open.delete(connectionId);
    counter?.add(-1, attributes);
  }

  addAllTo(counter: UpDownCounter): void {
    for (const attributes of this.#open.values()) counter.add(1, attributes);
  }
}

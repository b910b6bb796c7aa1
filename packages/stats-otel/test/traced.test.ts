import {
  context,
  createContextKey,
  propagation,
  ROOT_CONTEXT,
  type TextMapPropagator,
  trace,
} from "@opentelemetry/api";
import {
  CompositePropagator,
  parseTraceParent,
  W3CBaggagePropagator,
  W3CTraceContextPropagator,
} from "@opentelemetry/core";
import { AlwaysOffSampler } from "@opentelemetry/sdk-trace";
import {
  type Channel,
  type ChannelEvents,
  createWebSocketManager,
  type OpenRequest,
  payloadMessage,
  type StatsSink,
  type Transport,
  unwrap,
} from "@outsock/core";
import { startNodePeer } from "@outsock/transport-contract/node-peer";
import { createMemoryNetwork } from "@outsock/transport-memory";
import { type PooledTransport, pooled } from "@outsock/transport-pool";
import { wsTransport } from "@outsock/transport-ws";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { otelStats } from "../src/index.ts";
import { scene, url } from "./support/scene.ts";
import { registerContext, telemetry, unregisterAll, within } from "./support/telemetry.ts";

beforeEach(registerContext);
afterEach(unregisterAll);

const own = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

it("a real handshake sends the span of the connect to a real server", async () => {
  const peer = await startNodePeer();
  const { meterProvider, tracerProvider, spans } = telemetry();
  const stats = otelStats({ meterProvider, tracerProvider });
  const manager = createWebSocketManager({ transport: stats.traced(wsTransport()), statsSink: stats });
  try {
    const { connection } = unwrap(await manager.connect(peer.url, { headers: { "X-Mine": "yes" } }));
    const { headers } = (await peer.nextConnection()).request;
    await manager.close(connection);
    const [connect] = spans();
    expect(connect?.name).toBe("outsock.connect");
    const { traceId, spanId } = connect?.spanContext() ?? {};
    expect(headers.traceparent).toBe(`00-${traceId}-${spanId}-01`);
    expect(headers["x-mine"]).toBe("yes");
  } finally {
    await manager.dispose();
    await peer.close();
  }
});

it("each handshake has the span of its own request, also when several are in flight", async () => {
  const at = scene();
  await Promise.all(["a", "b", "c"].map((message) => at.manager.request(url, message)));
  const seen = at.peers.map(({ headers }) => parseTraceParent(headers.traceparent ?? "")?.spanId);
  expect(new Set(seen)).toEqual(new Set(at.spans().map((span) => span.spanContext().spanId)));
  expect(seen).toHaveLength(3);
});

it("without a known operation the active context is sent", async () => {
  const at = scene({ stats: { traces: false } });
  await within(at, "handler", () => at.manager.request(url, "hello"));
  const handler = at.spans()[0]?.spanContext();
  expect(at.peers[0]?.headers.traceparent).toBe(`00-${handler?.traceId}-${handler?.spanId}-01`);
});

it("a trace that is not sampled is sent as such", async () => {
  const { manager, peers } = scene({ telemetry: telemetry(new AlwaysOffSampler()) });
  await manager.request(url, "hello");
  expect(peers[0]?.headers.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
});

it("the caller's baggage is sent too", async () => {
  propagation.disable();
  const propagators = [new W3CTraceContextPropagator(), new W3CBaggagePropagator()];
  propagation.setGlobalPropagator(new CompositePropagator({ propagators }));
  const { manager, peers } = scene();
  const baggage = propagation.createBaggage({ tenant: { value: "acme" } });
  await context.with(propagation.setBaggage(context.active(), baggage), () => manager.request(url, "hello"));
  expect(peers[0]?.headers.baggage).toBe("tenant=acme");
});

it("spans that other instrumentation creates while dialling are children of the operation's", async () => {
  const at = telemetry();
  const stats = otelStats({ tracerProvider: at.tracerProvider });
  const inner = createMemoryNetwork();
  inner.listen("wss://api.example.com");
  const below = inner.transport();
  const dialling: Transport = {
    capabilities: below.capabilities,
    async open(request, events): Promise<Channel> {
      const span = at.tracerProvider.getTracer("http").startSpan("GET");
      const channel = await below.open(request, events);
      span.end();
      return channel;
    },
  };
  const manager = createWebSocketManager({ transport: stats.traced(dialling), statsSink: stats });
  unwrap(await manager.connect(url));
  const [get, connect] = at.spans();
  expect(get?.parentSpanContext?.spanId).toBe(connect?.spanContext().spanId);
});

it("message handlers run in the caller's context, not below the span of the connect", async () => {
  const peer = await startNodePeer();
  const at = telemetry();
  const stats = otelStats({ tracerProvider: at.tracerProvider });
  const manager = createWebSocketManager({ transport: stats.traced(wsTransport()), statsSink: stats });
  const seen: unknown[] = [];
  const match = () => seen.push(trace.getSpan(context.active())?.spanContext().spanId ?? "none") > 0;
  const answer = async () => {
    const connection = await peer.nextConnection();
    await connection.nextFrame();
    connection.send("{}");
  };
  try {
    await Promise.all([answer(), manager.request(peer.url, {}, { match })]);
    await Promise.all([answer(), within(at, "handler", () => manager.request(peer.url, {}, { match }))]);
    const handler = at.spans().find(({ name }) => name === "handler");
    expect(seen).toEqual(["none", handler?.spanContext().spanId]);
  } finally {
    await manager.dispose();
    await peer.close();
  }
});

it("every event of a socket is passed on unchanged, in the caller's context", async () => {
  const at = scene();
  const seen: unknown[] = [];
  const key = createContextKey("who");
  const note = (what: string): void => {
    seen.push([what, context.active().getValue(key), trace.getSpan(context.active()) === undefined]);
  };
  let events: ChannelEvents | undefined;
  const below = at.network.transport();
  const inner: Transport = {
    capabilities: below.capabilities,
    open(request, given) {
      events = given;
      return below.open(request, given);
    },
  };
  const stats = otelStats({ tracerProvider: at.tracerProvider });
  const of = { operation: "connect", operationId: 7, correlationId: "c", startedAtMs: 0, atMs: 0 } as const;
  await context.with(ROOT_CONTEXT.setValue(key, "caller"), async () => {
    stats.record({ ...of, type: "operation-called" });
    const { signal } = new AbortController();
    const request = { url, protocols: [], headers: {}, maxMessageBytes: 100, signal, operationId: 7 };
    await stats.traced(inner).open(request, {
      message: (message) => note(`message ${message.text()}`),
      pong: () => note("pong"),
      drain: () => note("drain"),
      close: ({ code }) => note(`close ${code}`),
    });
  });
  events?.message(payloadMessage("hello"));
  events?.pong();
  events?.drain();
  events?.close({ code: 4_000, reason: "", clean: true });
  expect(seen).toEqual(
    ["message hello", "pong", "drain", "close 4000"].map((what) => [what, "caller", true]),
  );
});

describe("the caller's headers", () => {
  it("win, whatever their case, and no second header is sent", async () => {
    const { manager, peers } = scene();
    unwrap(await manager.connect(url, { headers: { TraceParent: own } }));
    expect(peers[0]?.headers).toEqual({ TraceParent: own });
  });

  it("the caller's traceparent gets no tracestate of another trace", async () => {
    const at = scene();
    const spanContext = {
      traceId: "1".repeat(32),
      spanId: "2".repeat(16),
      traceFlags: 1,
      traceState: {
        serialize: () => "vendor=1",
        get: () => undefined,
        set: () => never(),
        unset: () => never(),
      },
    };
    const parent = trace.setSpanContext(ROOT_CONTEXT, spanContext);
    await context.with(parent, async () => {
      unwrap(await at.manager.connect(url));
      unwrap(await at.manager.connect(url, { headers: { traceparent: own } }));
    });
    expect(at.peers[0]?.headers.tracestate).toBe("vendor=1");
    expect(at.peers[1]?.headers).toEqual({ traceparent: own });
  });
});

describe("nothing is added", () => {
  const opened = async (transport: (inner: Transport) => Transport): Promise<OpenRequest[]> => {
    const requests: OpenRequest[] = [];
    const network = createMemoryNetwork();
    network.listen("wss://api.example.com");
    const below = network.transport();
    const seeing: Transport = {
      capabilities: below.capabilities,
      open(request, events) {
        requests.push(request);
        return below.open(request, events);
      },
    };
    const manager = createWebSocketManager({ transport: transport(seeing) });
    unwrap(await manager.connect(url));
    return requests;
  };

  it("without a propagator: the request stays the same object", async () => {
    propagation.disable();
    const given: OpenRequest[] = [];
    const requests = await opened((inner) => {
      const traced = otelStats().traced(inner);
      return {
        capabilities: traced.capabilities,
        open(request, events) {
          given.push(request);
          return traced.open(request, events);
        },
      };
    });
    expect(requests[0]).toBe(given[0]);
  });

  it("over a transport that cannot send headers", async () => {
    const { tracerProvider } = telemetry();
    const requests = await within(telemetry(), "handler", () =>
      opened((inner) => {
        const capabilities = { ...inner.capabilities, headers: false };
        const bare: Transport = { capabilities, open: (request, events) => inner.open(request, events) };
        return otelStats({ tracerProvider }).traced(bare);
      }),
    );
    expect(requests[0]?.headers).toEqual({});
  });

  it.each([
    ["throws", () => never()],
    [
      "creates an invalid header",
      (carrier: Record<string, string>) => Object.assign(carrier, { "a b": "c\n" }),
    ],
    [
      "sets a header of the handshake",
      (carrier: Record<string, string>) => Object.assign(carrier, { Upgrade: "x" }),
    ],
  ])("if the propagator %s", async (_what, inject) => {
    propagation.disable();
    const broken: TextMapPropagator = {
      inject: (_context, carrier) => inject(carrier),
      extract: (from) => from,
      fields: () => [],
    };
    propagation.setGlobalPropagator(broken);
    const requests = await opened((inner) => otelStats().traced(inner));
    expect(requests[0]?.headers).toEqual({});
  });
});

it("the layer has the capabilities of the transport below, and adds its name", () => {
  const network = createMemoryNetwork();
  const below = network.transport();
  const { capabilities } = otelStats().traced(below);
  expect(capabilities).toEqual({ ...below.capabilities, name: "traced(memory)" });
  expect(Object.isFrozen(capabilities)).toBe(true);
});

it("below a pool all requests share one connection; above it no connection is reused", async () => {
  const { meterProvider, tracerProvider } = telemetry();
  const stats = otelStats({ meterProvider, tracerProvider });
  const network = createMemoryNetwork();
  network.listen("wss://api.example.com", (peer) => peer.onMessage((message) => peer.send(message)));

  const above = pooled(stats.traced(network.transport()));
  expect(await threeRequests(above, above, stats)).toEqual({ openedCount: 1, reusedCount: 2 });
  const below = pooled(network.transport());
  expect(await threeRequests(below, stats.traced(below), stats)).toEqual({ openedCount: 3, reusedCount: 0 });
});

async function threeRequests(
  pool: PooledTransport,
  transport: Transport,
  statsSink: StatsSink,
): Promise<unknown> {
  const manager = createWebSocketManager({ transport, statsSink });
  for (const message of ["a", "b", "c"]) await manager.request(url, message);
  await manager.dispose();
  const { openedCount, reusedCount } = pool.getStats();
  await pool.dispose();
  return { openedCount, reusedCount };
}

function never(): never {
  throw new Error("must not be called");
}

import { type DiagLogger, DiagLogLevel, diag } from "@opentelemetry/api";
import { type Sampler, SamplingDecision } from "@opentelemetry/sdk-trace";
import { afterEach, describe, expect, it } from "vitest";
import { otelStats } from "../src/index.ts";
import { callEvents, scene, server, url } from "./support/scene.ts";
import { telemetry, unregisterAll } from "./support/telemetry.ts";

afterEach(unregisterAll);

describe("invalid options throw", () => {
  it.each([
    [{ metric: true }, 'unknown option "metric"'],
    [{ metrics: "yes" }, "metrics must be true or false"],
    [{ traces: "yes" }, "traces must be a boolean or an array of connect"],
    [{ traces: ["connect", "dial"] }, "traces must be"],
    [{ traces: ["constructor"] }, "traces must be"],
    [{ traces: new Array(1) }, "traces must be"],
    [{ attributes: "team=a" }, "attributes must be"],
    [{ attributes: ["a"] }, "attributes must be"],
    [{ attributes: null }, "attributes must be"],
    [{ meterProvider: {} }, "meterProvider must be an object with getMeter"],
    [{ tracerProvider: {} }, "tracerProvider must be an object with getTracer"],
    [{ rpcSystemName: "" }, "rpcSystemName must be a non-empty string"],
  ])("%j", (options, message) => {
    expect(() => Reflect.apply(otelStats, undefined, [options])).toThrow(TypeError);
    expect(() => Reflect.apply(otelStats, undefined, [options])).toThrow(`otelStats: ${message}`);
  });

  it("so does something that is not a transport", () => {
    const { traced } = otelStats();
    expect(() => Reflect.apply(traced, otelStats(), [{}])).toThrow(
      "traced: the transport must be an object with capabilities, open",
    );
  });

  it("undefined counts as absent", () => {
    const all = {
      meterProvider: undefined,
      tracerProvider: undefined,
      metrics: undefined,
      traces: undefined,
    };
    expect(() => otelStats({ ...all, attributes: undefined, rpcSystemName: undefined })).not.toThrow();
  });
});

describe("attributes", () => {
  it("from an object are in every measurement and every span", async () => {
    const { manager, spans, collect } = scene({ stats: { attributes: { team: "orders" } } });
    await manager.request(url, "hello");
    expect(spans()[0]?.attributes).toMatchObject({ team: "orders" });
    for (const metric of await collect()) {
      for (const point of metric.dataPoints) expect(point.attributes).toMatchObject({ team: "orders" });
    }
  });

  it("are copied, so that later changes of the object have no effect", async () => {
    const attributes = { team: "orders" };
    const { manager, spans } = scene({ stats: { attributes } });
    attributes.team = "billing";
    await manager.request(url, "hello");
    expect(spans()[0]?.attributes.team).toBe("orders");
  });

  it("from a function override the built-in ones, so that many servers can be one", async () => {
    const { manager, stats, points } = scene({
      stats: { attributes: ({ url }) => (url === undefined ? {} : { "server.address": "*.example.com" }) },
    });
    await manager.request(url, "hello");
    for (const event of callEvents({ type: "operation-succeeded" })) stats.record(event);
    const folded = { ...server, "server.address": "*.example.com" };
    expect(await points("outsock.connection.duration")).toEqual([{ attributes: folded, count: 1, sum: 0 }]);
    const [call] = await points("rpc.client.call.duration");
    expect(call?.attributes).toMatchObject(folded);
  });

  it("that change while a connection is open do not distort the count", async () => {
    let shift = "early";
    const { manager, points } = scene({ stats: { attributes: () => ({ shift }) } });
    const { data } = await manager.connect(url);
    shift = "late";
    if (data !== undefined) await manager.close(data.connection);
    expect(await points("outsock.connection.count")).toEqual([
      { attributes: { ...server, shift: "early" }, count: 0, sum: 0 },
    ]);
  });

  it("are set when a sampler decides, and again when the server is known", async () => {
    const seen: unknown[] = [];
    const sampler: Sampler = {
      shouldSample(_context, _traceId, _name, _kind, attributes) {
        seen.push({ ...attributes });
        return { decision: SamplingDecision.RECORD_AND_SAMPLED };
      },
      toString: () => "seeing",
    };
    const { manager, spans } = scene({
      telemetry: telemetry(sampler),
      stats: { attributes: ({ type, url }) => ({ [type]: url ?? "nowhere" }) },
    });
    await manager.request(url, "hello");
    expect(seen).toEqual([expect.objectContaining({ "operation-called": "nowhere" })]);
    expect(spans()[0]?.attributes).toMatchObject({
      "operation-called": "nowhere",
      "operation-succeeded": "wss://api.example.com/v1/secret?***",
    });
  });

  it.each<[string, () => undefined]>([
    ["throws", () => JSON.parse("no")],
    ["returns text", () => JSON.parse('"text"')],
    ["returns an array", () => JSON.parse('["list"]')],
    ["returns null", () => JSON.parse("null")],
  ])("are absent if the function %s", async (_what, attributes) => {
    const { manager, points } = scene({ stats: { attributes } });
    await manager.request(url, "hello");
    const [point] = await points("outsock.operation.duration");
    expect(point?.attributes).toEqual({ "outsock.operation": "request", ...server });
  });

  it("an error of the function is logged once", async () => {
    const said: unknown[] = [];
    const ignore = (): void => {};
    const error = (message: string): void => {
      said.push(message);
    };
    const logger: DiagLogger = { error, warn: ignore, info: ignore, debug: ignore, verbose: ignore };
    diag.setLogger(logger, DiagLogLevel.ERROR);
    try {
      const { manager } = scene({ stats: { attributes: () => JSON.parse("no") } });
      await manager.request(url, "hello");
      await manager.request(url, "hello");
      expect(said).toEqual([expect.stringContaining("@outsock/stats-otel")]);
    } finally {
      diag.disable();
    }
  });
});

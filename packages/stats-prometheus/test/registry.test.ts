import { unwrap } from "@outsock/core";
import { Counter, Registry, register } from "@prometheus-io/client";
import { describe, expect, it } from "vitest";
import { prometheusStats } from "../src/index.ts";
import { scene, scrape, url } from "./support/scene.ts";

const server = "api.example.com";
const call = async ({ manager, clock }: ReturnType<typeof scene>): Promise<void> => {
  const pending = manager.request(url, "hello");
  await clock.advance(20);
  unwrap(await pending);
};
const succeeded = { operation: "request", outcome: "succeeded" };

describe("a registry", () => {
  it("is the one that was given, and the global one stays empty", async () => {
    await call(scene());
    expect(register.getMetricsAsArray()).toEqual([]);
  });

  it("is shared by sinks of the same prefix, which count together", async () => {
    const one = scene();
    const two = scene({ stats: { registry: one.registry } });
    await call(one);
    await call(two);
    for (const { manager } of [one, two, one]) unwrap(await manager.connect(url));
    const { value } = await one.scrape();
    expect(value("outsock_operations_total", succeeded)).toBe(2);
    expect(value("outsock_open_connections", { server })).toBe(3);
    expect(value("outsock_operations_in_flight", { operation: "request" })).toBe(0);
  });

  it("tells sinks apart by labels of their own", async () => {
    const feed = scene({ stats: { labels: { client: "feed" } } });
    const orders = scene({ stats: { registry: feed.registry, labels: { client: "orders" } } });
    await call(feed);
    await call(orders);
    await call(orders);
    const { value } = await scrape(feed.registry);
    expect(value("outsock_operations_total", { ...succeeded, client: "feed" })).toBe(1);
    expect(value("outsock_operations_total", { ...succeeded, client: "orders" })).toBe(2);
  });

  it("refuses a sink that wants other labels or buckets under the same names", () => {
    const registry = new Registry();
    prometheusStats({ registry });
    const again = (options: object) => () => prometheusStats({ registry, ...options });
    expect(again({ labels: { client: "feed" } })).toThrow(TypeError);
    expect(again({ buckets: [1, 2] })).toThrow(/buckets/);
    expect(again({ maxServers: 5 })).toThrow(TypeError);
    expect(again({})).not.toThrow();
    expect(again({ prefix: "feed_", buckets: [1, 2] })).not.toThrow();
  });

  it("refuses a sink where a name is somebody else's, and gets nothing of it then", () => {
    const registry = new Registry();
    const theirs = new Counter({ name: "outsock_messages_total", help: "Theirs.", registers: [registry] });
    expect(() => prometheusStats({ registry })).toThrow(/outsock_messages_total/);
    expect(registry.getMetricsAsArray()).toEqual([theirs]);
  });

  it("can be cleared: the next sink registers anew", async () => {
    const one = scene();
    one.registry.clear();
    const two = scene({ stats: { registry: one.registry } });
    await call(two);
    expect((await two.scrape()).value("outsock_operations_total", succeeded)).toBe(1);
  });

  it("can be reset: gauges still tell what is there, and nothing is below zero", async () => {
    const { manager, registry, scrape } = scene();
    const { connection } = unwrap(await manager.connect(url));
    unwrap(await manager.connect(url));
    registry.resetMetrics();
    expect((await scrape()).value("outsock_open_connections", { server })).toBe(2);
    unwrap(await manager.close(connection));
    expect((await scrape()).value("outsock_open_connections", { server })).toBe(1);
  });

  it("may speak OpenMetrics", async () => {
    const registry = new Registry(Registry.OPENMETRICS_CONTENT_TYPE);
    await call(scene({ stats: { registry } }));
    for (const _ of [1, 2]) {
      const text = await registry.metrics();
      expect(text).toContain("# TYPE outsock_operations counter\n");
      expect(text).toContain('outsock_operations_total{operation="request",outcome="succeeded"} 1\n');
      expect(text).not.toContain("_total_total");
      expect(text.endsWith("# EOF\n")).toBe(true);
    }
    expect(() => prometheusStats({ registry })).not.toThrow();
  });

  it("can be merged with another", async () => {
    const { registry } = scene();
    const merged = Registry.merge([registry, new Registry()]);
    expect((await scrape(merged)).families.size).toBe(14);
  });
});

it("the manager's reset resets no counter", async () => {
  const stage = scene();
  await call(stage);
  expect(await stage.manager.reset()).toBe(true);
  expect((await stage.manager.getStats()).messagesSentCount).toBe(0);
  expect((await stage.scrape()).value("outsock_operations_total", succeeded)).toBe(1);
});

it.each([
  [{ registery: new Registry() }, /unknown option "registery"/],
  [{}, /registry is missing/],
  [{ registry: {} }, /registry must be/],
  [{ prefix: "" }, /prefix must be/],
  [{ prefix: "9_" }, /prefix must be/],
  [{ prefix: "a:b_" }, /prefix must be/],
  [{ buckets: [] }, /buckets must be/],
  [{ buckets: [1, 1] }, /buckets must be/],
  [{ buckets: [0, 1] }, /buckets must be/],
  [{ buckets: [1, Number.NaN] }, /buckets must be/],
  [{ labels: { operation: "mine" } }, /has operation/],
  [{ labels: { le: "mine" } }, /has le/],
  [{ labels: { __name__: "mine" } }, /has __name__/],
  [{ labels: { "a-b": "mine" } }, /has a-b/],
  [{ labels: { tier: 1 } }, /has tier/],
  [{ maxServers: 0 }, /maxServers must be/],
])("a wrong option is told at once: %o", (options, problem) => {
  const given =
    "registry" in options || Object.keys(options).length === 0
      ? options
      : { registry: new Registry(), ...options };
  expect(() => Reflect.apply(prometheusStats, undefined, [given])).toThrow(problem);
  expect(() => Reflect.apply(prometheusStats, undefined, [given])).toThrow(TypeError);
});

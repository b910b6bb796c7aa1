import { unwrap } from "@outsock/core";
import { Counter, Registry, register } from "@prometheus-io/client";
import { describe, expect, it } from "vitest";
import { prometheusStats } from "../src/index.ts";
import { hostOf } from "../src/instruments.ts";
import { scene, scrape, url } from "./support/scene.ts";

const server = "api.example.com";
const call = async ({ manager, clock }: ReturnType<typeof scene>): Promise<void> => {
  const pending = manager.request(url, "hello");
  await clock.advance(20);
  unwrap(await pending);
};
const succeeded = { operation: "request", outcome: "succeeded" };

describe("a registry", () => {
  it("is the given one, and the global one stays empty", async () => {
    await call(scene());
    expect(register.getMetricsAsArray()).toEqual([]);
  });

  it("is shared by sinks with the same prefix, whose counts add up", async () => {
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

  it("distinguishes sinks by their custom labels", async () => {
    const feed = scene({ stats: { labels: { client: "feed" } } });
    const orders = scene({ stats: { registry: feed.registry, labels: { client: "orders" } } });
    await call(feed);
    await call(orders);
    await call(orders);
    const { value } = await scrape(feed.registry);
    expect(value("outsock_operations_total", { ...succeeded, client: "feed" })).toBe(1);
    expect(value("outsock_operations_total", { ...succeeded, client: "orders" })).toBe(2);
  });

  it("refuses a sink with other labels or buckets under the same names", () => {
    const registry = new Registry();
    prometheusStats({ registry });
    const again = (options: object) => () => prometheusStats({ registry, ...options });
    expect(again({ labels: { client: "feed" } })).toThrow(TypeError);
    expect(again({ buckets: [1, 2] })).toThrow(/buckets/);
    expect(again({ maxServers: 5 })).toThrow(TypeError);
    expect(again({})).not.toThrow();
    expect(again({ prefix: "feed_", buckets: [1, 2] })).not.toThrow();
  });

  it("refuses a sink if a name is taken, and then registers none of its metrics", () => {
    const registry = new Registry();
    const theirs = new Counter({ name: "outsock_messages_total", help: "Theirs.", registers: [registry] });
    expect(() => prometheusStats({ registry })).toThrow(/outsock_messages_total/);
    expect(registry.getMetricsAsArray()).toEqual([theirs]);
  });

  it("can be cleared: the next sink registers again", async () => {
    const one = scene();
    one.registry.clear();
    const two = scene({ stats: { registry: one.registry } });
    await call(two);
    expect((await two.scrape()).value("outsock_operations_total", succeeded)).toBe(1);
  });

  it("can be reset: gauges keep their values, and none is negative", async () => {
    const { manager, registry, scrape } = scene();
    const { connection } = unwrap(await manager.connect(url));
    unwrap(await manager.connect(url));
    registry.resetMetrics();
    expect((await scrape()).value("outsock_open_connections", { server })).toBe(2);
    unwrap(await manager.close(connection));
    expect((await scrape()).value("outsock_open_connections", { server })).toBe(1);
  });

  it("may use OpenMetrics", async () => {
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

it("of a URL only the host becomes a label, and ids never do", async () => {
  const { manager, clock, scrape } = scene();
  const correlationId = "order-4711";
  const pending = manager.request("wss://user:pass@api.example.com/v1/secret?token=hush", "hello", {
    correlationId,
  });
  await clock.advance(20);
  const { data } = await pending;
  expect(data?.response).toBe("hello");
  const { text } = await scrape();
  expect(text).toContain('server="api.example.com"');
  expect(text).not.toMatch(/secret|hush|user|pass|order-4711|hello|\?/);
});

it("many hosts are a bounded number of series", async () => {
  const { manager, network, scrape } = scene({ stats: { maxServers: 3 } });
  for (const n of [1, 2, 3, 4, 5]) {
    network.listen(`wss://host-${n}.example.com:8443`);
    unwrap(await manager.connect(`wss://host-${n}.example.com:8443/page`));
  }
  unwrap(await manager.connect("wss://host-2.example.com:8443/another"));
  const { families, value } = await scrape();
  const servers = families
    .get("outsock_connections_opened_total")
    ?.samples.map(({ labels }) => labels.server);
  const named = [1, 2, 3].map((n) => `host-${n}.example.com:8443`);
  expect(servers).toEqual([...named, "other"]);
  expect(value("outsock_connections_opened_total", { server: "other" })).toBe(2);
  expect(value("outsock_open_connections", { server: "other" })).toBe(2);
  expect(value("outsock_open_connections", { server: "host-2.example.com:8443" })).toBe(2);
});

it("arbitrary close codes are a bounded number of series", async () => {
  const { manager, peers, clock, scrape } = scene();
  for (let code = 3_000; code < 3_100; code += 1) {
    unwrap(await manager.connect(url, { timeoutMs: 1_000 }));
    peers.at(-1)?.close(code);
    await clock.advance(1_000);
  }
  const { families, value } = await scrape();
  expect(families.get("outsock_connections_closed_total")?.samples).toHaveLength(51);
  const labels = { server: "api.example.com", code: "other", clean: "true" };
  expect(value("outsock_connections_closed_total", labels)).toBe(50);
});

it("custom labels are on every metric", async () => {
  const { manager, clock, scrape } = scene({ stats: { labels: { client: 'the "feed"\n\\' } } });
  const pending = manager.request(url, "hello");
  await clock.advance(20);
  unwrap(await pending);
  const { families } = await scrape();
  for (const { samples } of families.values())
    for (const { labels } of samples) expect(labels.client).toBe('the "feed"\n\\');
});

it.each([
  ["wss://api.example.com/v1", "api.example.com"],
  ["ws://api.example.com:8080", "api.example.com:8080"],
  ["wss://[::1]:9443/a/b?***", "[::1]:9443"],
  ["wss://api.example.com?***", "api.example.com"],
  ["wss://user:pass@api.example.com/a@b", "api.example.com"],
  ["nonsense", ""],
])("the host of %s is %j", (text, host) => {
  expect(hostOf(text)).toBe(host);
});

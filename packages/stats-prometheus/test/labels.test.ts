import { unwrap } from "@outsock/core";
import { expect, it } from "vitest";
import { hostOf } from "../src/host.ts";
import { scene, url } from "./support/scene.ts";

it("of a URL only the host becomes a label, and no id anything", async () => {
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

it("a crawler's hosts are a bounded number of series", async () => {
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

it("the close codes that a peer makes up are a bounded number of series", async () => {
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

it("labels of one's own are on everything", async () => {
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

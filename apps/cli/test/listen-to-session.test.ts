import { startInspector, startJsonRpcServer } from "@outsock/test-servers";
import { describe, expect, test } from "vitest";
import { outsock } from "./support/outsock.ts";
import { use } from "./support/servers.ts";

describe("outsock listen --protocol", () => {
  test("prints events, also those after a lost connection, and tells of the gap", async () => {
    const server = await use(startJsonRpcServer());
    const args = [
      "listen",
      server.url,
      "--protocol",
      "jsonrpc",
      "--subscribe",
      'eth_subscribe ["newHeads"]',
      "--count",
      "2",
    ];
    const running = outsock(args);
    await until(() => server.subscriptionCount === 1);
    server.push("newHeads", { number: 1 });
    await until(() => server.received.length > 0);
    server.dropConnections();
    await until(() => server.connectionCount === 2 && server.subscriptionCount === 1);
    server.push("newHeads", { number: 2 });
    const { code, lines, stderr } = await running;
    expect({ code, lines }).toEqual({ code: 0, lines: ['{"number":1}', '{"number":2}'] });
    expect(stderr).toContain("events may be missing");
  });

  test("prints every event where nothing is subscribed, until --for", async () => {
    const { url } = await use(startInspector());
    expect(await outsock(["listen", url, "--protocol", "cdp", "--for", "200ms"])).toMatchObject({ code: 0 });
    const short = ["listen", url, "--protocol", "cdp", "--for", "200ms", "--count", "1"];
    expect(await outsock(short)).toMatchObject({ code: 12 });
  });

  test("ends with the server's refusal of a subscription", async () => {
    const { url } = await use(startJsonRpcServer());
    const args = ["listen", url, "--protocol", "jsonrpc", "--subscribe", "logs_subscribe []"];
    expect(await outsock(args)).toMatchObject({ code: 16 });
  });
});

/** Until something that the other process does has arrived here. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}

import { startInspectorProcess, startJsonRpcServer } from "@outsock/test-servers";
import { describe, expect, test } from "vitest";
import { outsock } from "./support/outsock.ts";
import { use } from "./support/servers.ts";

describe("outsock listen --protocol", () => {
  test("prints events, also after a lost connection, and reports the gap", async () => {
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

  test("prints every event without --subscribe, until --for", async () => {
    const { url } = await use(startInspectorProcess());
    expect(await outsock(["listen", url, "--protocol", "cdp", "--for", "200ms"])).toMatchObject({ code: 0 });
    const short = ["listen", url, "--protocol", "cdp", "--for", "200ms", "--count", "1"];
    expect(await outsock(short)).toMatchObject({ code: 12 });
  });

  test("exits with 16 if the server rejects a subscription", async () => {
    const { url } = await use(startJsonRpcServer());
    const args = ["listen", url, "--protocol", "jsonrpc", "--subscribe", "logs_subscribe []"];
    expect(await outsock(args)).toMatchObject({ code: 16 });
  });
});

/** Waits for an effect of the other process. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}

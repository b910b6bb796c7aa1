import {
  startHomeAssistant,
  startInspectorProcess,
  startJsonRpcServer,
  startRotatingServer,
} from "@outsock/test-servers";
import { describe, expect, onTestFinished, test } from "vitest";
import { outsock } from "./support/outsock.ts";
import { deadUrl } from "./support/servers.ts";

async function use<Server extends AsyncDisposable>(starting: Promise<Server>): Promise<Server> {
  const server = await starting;
  onTestFinished(() => server[Symbol.asyncDispose]());
  return server;
}

describe("outsock call", () => {
  test("prints the answer of a JSON-RPC server", async () => {
    const { url } = await use(startJsonRpcServer());
    expect(await outsock(["call", url, "add", "[1,2]"])).toMatchObject({
      code: 0,
      stdout: "3\n",
      stderr: "",
    });
    const { lines } = await outsock(["call", url, "echo", "-", "--json"], { stdin: '{"a":1}' });
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { success: true, data: { response: { a: 1 } } },
    ]);
  });

  test("ends with 16 and the server's words where the server answers with an error", async () => {
    const { url } = await use(startJsonRpcServer());
    const { code, stderr, lines } = await outsock(["call", url, "fail", "--json"]);
    expect(code).toBe(16);
    expect(stderr).toContain("it failed");
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({
      error: {
        code: "REMOTE_ERROR",
        remote: { code: -32_000, message: "it failed", data: { reason: "on purpose" } },
      },
    });
  });

  test("ends with 12 where no answer comes, with 10 where nobody listens", async () => {
    const { url } = await use(startJsonRpcServer());
    expect(await outsock(["call", url, "never", "--timeout", "300ms"])).toMatchObject({ code: 12 });
    expect(await outsock(["call", await deadUrl(), "add"])).toMatchObject({ code: 10 });
  });

  test("logs in to Home Assistant with a token from the environment, and ends with 11 where it is refused", async () => {
    const server = await use(startHomeAssistant());
    const service = JSON.stringify({
      domain: "light",
      service: "turn_on",
      target: { entity_id: "light.kitchen" },
    });
    const args = [
      "call",
      server.url,
      "call_service",
      service,
      "--protocol",
      "homeassistant",
      "--token-env",
      "TOKEN",
    ];
    expect(await outsock(args, { env: { TOKEN: "secret-token" } })).toMatchObject({ code: 0 });
    expect(server.states.get("light.kitchen")).toBe("on");
    const refused = await outsock(args, { env: { TOKEN: "hunter2" } });
    expect(refused).toMatchObject({ code: 11 });
    expect(refused.stderr).toContain("AUTH_FAILED");
    expect(refused.stderr).not.toContain("hunter2");
  });

  test("speaks CDP with a Node inspector, and anything with an id", async () => {
    const inspector = await use(startInspectorProcess());
    const evaluate = ["Runtime.evaluate", '{"expression":"6*7"}', "--protocol", "cdp"];
    const { stdout } = await outsock(["call", inspector.url, ...evaluate]);
    expect(JSON.parse(stdout)).toMatchObject({ result: { value: 42 } });
    const { url } = await use(startRotatingServer({ lifeMs: 60_000 }));
    const plain = ["--protocol", "plain", "--params-path", "params"];
    expect(JSON.parse((await outsock(["call", url, "x", "5", ...plain])).stdout)).toMatchObject({
      result: 5,
    });
  });

  test.each([
    [["call", "ws://x"], "the method is missing"],
    [["call", "ws://x", "m", "{"], "not JSON"],
    [["call", "ws://x", "m", "[1]", "[2]"], "too many arguments"],
    [["call", "ws://x", "m", "--protocol", "homeassistant"], "--token-env"],
    [["call", "ws://x", "m", "--scope", "1"], "--scope goes with --protocol cdp"],
    [["call", "ws://x", "m", "--protocol", "plain", "--id-path", "a..b"], "path"],
    [["call", "ws://x", "m", "--protocol", "soap"], "soap"],
    [["listen", "ws://x", "--subscribe", "m"], "--subscribe needs --protocol"],
    [["listen", "ws://x", "--protocol", "cdp", "--send", "1"], "--send"],
  ])("%j is a mistake", async (args, text) => {
    const { code, stderr } = await outsock(args);
    expect({ code, told: stderr.includes(text) ? text : stderr }).toEqual({ code: 2, told: text });
  });
});

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
    const { url } = await use(startInspectorProcess());
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

test("the server's words do not steer the terminal", async () => {
  const server = await use(startJsonRpcServer());
  const { stderr } = await outsock(["call", server.url, "\u001b[2Jbell\u0007"]);
  expect(stderr).toContain("-32601");
  expect(stderr.replaceAll("\n", "")).not.toMatch(/\p{Cc}/u);
});

test("what the server answers does not steer the terminal either, and stays the same JSON", async () => {
  const server = await use(startJsonRpcServer());
  const { stdout } = await outsock(["call", server.url, "echo", "-"], {
    stdin: JSON.stringify(["\u009b2J\u007f"]),
  });
  expect(stdout.trim()).not.toMatch(/\p{Cc}/u);
  expect(JSON.parse(stdout)).toEqual(["\u009b2J\u007f"]);
});

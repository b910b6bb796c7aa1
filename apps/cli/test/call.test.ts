import {
  startHomeAssistant,
  startInspectorProcess,
  startJsonRpcServer,
  startRotatingServer,
} from "@outsock/test-servers";
import { describe, expect, test } from "vitest";
import { outsock } from "./support/outsock.ts";
import { deadUrl, use } from "./support/servers.ts";

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

  test("exits with 16 and shows the server's error", async () => {
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

  test("exits with 12 without an answer, and with 10 if nothing is listening", async () => {
    const { url } = await use(startJsonRpcServer());
    expect(await outsock(["call", url, "never", "--timeout", "300ms"])).toMatchObject({ code: 12 });
    expect(await outsock(["call", await deadUrl(), "add"])).toMatchObject({ code: 10 });
  });

  test("logs in to Home Assistant with a token from the environment, and exits with 11 if it is rejected", async () => {
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
  ])("%j is a usage error", async (args, text) => {
    const { code, stderr } = await outsock(args);
    expect({ code, told: stderr.includes(text) ? text : stderr }).toEqual({ code: 2, told: text });
  });
});

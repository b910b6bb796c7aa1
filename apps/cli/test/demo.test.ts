import { once } from "node:events";
import { connect } from "node:net";
import { describe, expect, test } from "vitest";
import { outsock, startOutsock } from "./support/outsock.ts";

describe("outsock demo", () => {
  test.concurrent("ends with 0, every check right, and the figures add up", async () => {
    const { code, stdout, stderr } = await outsock(["demo", "--json"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const { success, data } = JSON.parse(stdout);
    expect(success).toBe(true);
    expect(data.steps).toHaveLength(4);
    expect(data.stats).toMatchObject({ errorsCount: 0, openConnections: 0, maxRateLimit: 300 });
    expect(data.stats.rateLimitedCount).toBeGreaterThanOrEqual(100);
  });

  test.each([
    ["SIGINT", 130],
    ["SIGKILL", null],
  ] as const)("%s ends it and its inspector", async (signal, code) => {
    const running = startOutsock(["demo"]);
    await running.shows("1 request");
    const port = Number(/127\.0\.0\.1:(\d+)/.exec(running.stderr)?.[1]);
    const socket = connect(port, "127.0.0.1").on("error", () => undefined);
    await once(socket, "connect");
    const inspectorEnded = new Promise((resolve) => socket.on("close", resolve));
    running.child.kill(signal);
    expect(await running.exit()).toBe(code);
    await inspectorEnded;
  });
});

describe("start", () => {
  test.concurrent("without arguments shows the demo, short and without colours", async () => {
    const { code, stdout } = await outsock([], { program: "start" });
    expect(code).toBe(0);
    expect(stdout.trimEnd().split("\n").length).toBeLessThanOrEqual(30);
    expect(stdout).not.toContain("\u001b");
    expect(stdout).toContain("all right");
  });

  test.concurrent("with flags alone is the demo, with a command the command line", async () => {
    const document = await outsock(["--", "--json"], { program: "start" });
    expect(JSON.parse(document.stdout)).toMatchObject({ success: true });
    const request = await outsock(["request", "nowhere", "1"], { program: "start" });
    expect(request.code).toBe(2);
    const help = await outsock(["--help"], { program: "start" });
    expect(help).toMatchObject({ code: 0, stdout: expect.stringContaining("Usage: outsock") });
  });
});

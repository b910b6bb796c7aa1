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

  test("Ctrl-C ends it and its inspector with 130", async () => {
    const running = startOutsock(["demo"]);
    await running.shows("1 request");
    running.child.kill("SIGINT");
    // "close" comes only when no process holds the pipes any more.
    expect(await running.exit()).toBe(130);
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

import { once } from "node:events";
import { connect } from "node:net";
import { describe, expect, test } from "vitest";
import { outsock, startOutsock } from "./support/outsock.ts";

describe("outsock demo", () => {
  test.concurrent("exits with 0, passes every check, and its counters add up", async () => {
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

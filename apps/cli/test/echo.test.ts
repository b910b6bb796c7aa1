import { createWebSocketManager, unwrap } from "@outsock/core";
import { wsTransport } from "@outsock/transport-ws";
import { describe, expect, onTestFinished, test } from "vitest";
import { outsock, startOutsock } from "./support/outsock.ts";

async function startEcho(
  ...flags: readonly string[]
): Promise<{ running: ReturnType<typeof startOutsock>; url: string }> {
  const running = startOutsock(["echo", "--json", ...flags]);
  await running.shows("\n");
  const { url } = JSON.parse(running.stdout);
  return { running, url };
}

function createManager() {
  const manager = createWebSocketManager({ transport: wsTransport(), codec: "text" });
  onTestFinished(() => manager.dispose());
  return manager;
}

describe("outsock echo", () => {
  test.each(["SIGINT", "SIGTERM"] as const)(
    "echoes, and on %s closes its connections and exits with 0",
    async (signal) => {
      const { running, url } = await startEcho();
      const { connection } = unwrap(await createManager().connect(url));
      const messages = connection[Symbol.asyncIterator]();
      unwrap(await createManager().request(url, "x"));
      running.child.kill(signal);
      expect(await messages.next()).toMatchObject({ done: true });
      expect(await running.exit()).toBe(0);
    },
  );

  test("prints only its URL on stdout, and logs sizes but never contents", async () => {
    const running = startOutsock(["echo"]);
    await running.shows("\n");
    const { response } = unwrap(await createManager().request(running.stdout.trim(), "secret"));
    expect(response).toBe("secret");
    await running.shows("sent 6 bytes", "stderr");
    expect(running.stderr).not.toContain("secret");
    expect(running.stdout).toMatch(/^ws:\/\/127\.0\.0\.1:\d+\n$/);
  });

  test("sends a greeting, delays answers, and drops the connection after n answers", async () => {
    const { url } = await startEcho("--greet", "hi", "--latency", "50ms", "--drop-after", "1");
    const manager = createManager();
    const { connection } = unwrap(await manager.connect(url));
    expect(unwrap(await manager.receive(connection)).response).toBe("hi");
    const startedAt = performance.now();
    await manager.send(connection, "x");
    expect(unwrap(await manager.receive(connection)).response).toBe("x");
    expect(performance.now() - startedAt).toBeGreaterThan(45);
    expect((await manager.receive(connection)).error).toMatchObject({
      code: "CONNECTION_CLOSED",
      closeCode: 1006,
    });
  });

  test("closes with a code after n answers", async () => {
    const { url } = await startEcho("--drop-after", "1", "--close-code", "4000");
    const manager = createManager();
    const { connection } = unwrap(await manager.connect(url));
    await manager.send(connection, "x");
    await manager.receive(connection);
    expect((await manager.receive(connection)).error).toMatchObject({ closeCode: 4000 });
  });

  test("rejects handshakes", async () => {
    const { url } = await startEcho("--reject", "503", "--retry-after", "1500ms");
    const { error } = await createManager().connect(url);
    expect(error).toMatchObject({ code: "HANDSHAKE_REJECTED", status: 503, retryAfterMs: 2_000 });
  });

  test("exits with 10 if the port is taken, which is not a usage error", async () => {
    const { url } = await startEcho();
    const { code, stdout, stderr } = await outsock(["echo", "--json", "--port", new URL(url).port]);
    expect(code).toBe(10);
    expect(stderr).toContain("EADDRINUSE");
    expect(stderr).not.toContain("--help");
    expect(JSON.parse(stdout)).toMatchObject({ success: false, error: { code: "LISTEN_FAILED" } });
  });
});

import { describe, expect, test } from "vitest";
import { outsock, startOutsock } from "./support/outsock.ts";
import { deadUrl, echoUrl, startPeer } from "./support/servers.ts";

describe("outsock send", () => {
  test("sends its arguments in order, closes, and reports how many", async () => {
    const peer = await startPeer();
    const running = outsock(["send", peer.url, "1", '{"two": 2}']);
    const connection = await peer.nextConnection();
    expect(await connection.nextFrame()).toEqual({ type: "text", text: "1" });
    expect(await connection.nextFrame()).toEqual({ type: "text", text: '{"two": 2}' });
    expect(await connection.nextFrame()).toMatchObject({ type: "close", code: 1000 });
    expect(await running).toMatchObject({ code: 0, stdout: "", stderr: "2 messages sent\n" });
  });

  test("sends the lines of stdin without empty ones, and reports it in JSON", async () => {
    const peer = await startPeer();
    const running = outsock(["send", peer.url, "--json"], { stdin: "1\n\n2\r\n3" });
    const connection = await peer.nextConnection();
    for (const text of ["1", "2", "3"]) expect(await connection.nextFrame()).toEqual({ type: "text", text });
    const { code, stdout, stderr } = await running;
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(JSON.parse(stdout)).toMatchObject({ success: true, data: { sentCount: 3, code: 1000 } });
  });

  test("sends each line as it arrives", async () => {
    const peer = await startPeer();
    const running = startOutsock(["send", peer.url, "--codec", "text"]);
    const connection = await peer.nextConnection();
    running.child.stdin?.write("a\n");
    expect(await connection.nextFrame()).toEqual({ type: "text", text: "a" });
    running.child.stdin?.end("b\n");
    expect(await connection.nextFrame()).toEqual({ type: "text", text: "b" });
    expect(await running.exit()).toBe(0);
  });

  test("waits at the rate limit instead of failing", async () => {
    const peer = await startPeer();
    const stdin = Array.from({ length: 400 }, (_, index) => `${index}\n`).join("");
    const running = outsock(["send", peer.url], { stdin });
    const connection = await peer.nextConnection();
    for (let index = 0; index < 400; index += 1) {
      expect(await connection.nextFrame()).toEqual({ type: "text", text: String(index) });
    }
    expect(await running).toMatchObject({ code: 0, stderr: "400 messages sent\n" });
  });

  test("exits with 2 at a line that is not JSON, and reports what was sent before", async () => {
    const peer = await startPeer();
    const { code, stderr } = await outsock(["send", peer.url], { stdin: "1\nnope\n3\n" });
    expect(code).toBe(2);
    expect(stderr).toMatch(/1 message sent.*line 2 of stdin/s);
  });

  test("reports beside a usage error, also with --json, what was sent before it", async () => {
    const peer = await startPeer();
    const { code, lines } = await outsock(["send", peer.url, "--json"], { stdin: "1\nnope\n" });
    expect(code).toBe(2);
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { success: false, error: { code: "USAGE", message: expect.any(String) }, sentCount: 1 },
    ]);
  });

  test("reports in JSON that nothing was sent if there was no connection", async () => {
    const { code, lines } = await outsock(["send", await deadUrl(), "1", "--json"]);
    expect(code).toBe(10);
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([{ success: false, sentCount: 0 }]);
  });

  test("ignores answers, however big", async () => {
    const stdin = JSON.stringify("a".repeat(2_000_000));
    expect(await outsock(["send", await echoUrl()], { stdin })).toMatchObject({ code: 0 });
  });

  test("exits with 14 if the server closes while stdin is open", async () => {
    const peer = await startPeer();
    const running = startOutsock(["send", peer.url, "--json"]);
    const connection = await peer.nextConnection();
    running.child.stdin?.write("1\n");
    await connection.nextFrame();
    connection.close(1000);
    expect(await running.exit()).toBe(14);
    expect(JSON.parse(running.stdout)).toMatchObject({
      success: false,
      error: { code: "CONNECTION_CLOSED", sent: "maybe", closeCode: 1000 },
      sentCount: 1,
    });
  });

  test("exits with 14 if the server does not confirm the close, because the last messages may be lost", async () => {
    const peer = await startPeer({ answersClose: false });
    const { code, stderr } = await outsock(["send", peer.url, "1", "--timeout", "200ms"]);
    expect(code).toBe(14);
    expect(stderr).toContain("may have arrived");
  });

  test("Ctrl-C closes and exits with 130, and reports what was sent", async () => {
    const peer = await startPeer();
    const running = startOutsock(["send", peer.url, "--json"]);
    const connection = await peer.nextConnection();
    running.child.stdin?.write("1\n");
    await connection.nextFrame();
    running.child.kill("SIGINT");
    expect(await connection.nextFrame()).toMatchObject({ type: "close", code: 1000 });
    expect(await running.exit()).toBe(130);
    expect(running.lines.map((line) => JSON.parse(line))).toMatchObject([
      { success: false, error: { code: "ABORTED" }, sentCount: 1 },
    ]);
  });

  test("Ctrl-C exits within a second while waiting for the server to confirm the close", async () => {
    const peer = await startPeer({ answersClose: false });
    const running = startOutsock(["send", peer.url, "1"]);
    const connection = await peer.nextConnection();
    await connection.nextFrame();
    expect(await connection.nextFrame()).toMatchObject({ type: "close" });
    const startedAt = performance.now();
    running.child.kill("SIGINT");
    expect(await running.exit()).toBe(130);
    expect(performance.now() - startedAt).toBeLessThan(1_500);
  });
});

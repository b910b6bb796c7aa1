import { describe, expect, test } from "vitest";
import { outsock, startOutsock } from "./support/outsock.ts";
import { deadUrl, echoUrl, startPeer } from "./support/servers.ts";

describe("outsock request", () => {
  test("prints the answer unchanged, and nothing else", async () => {
    const message = '{"id": 12345678901234567890, "text": "ü"}';
    const { code, stdout, stderr } = await outsock(["request", await echoUrl(), message]);
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: `${message}\n`, stderr: "" });
  });

  test("prints a message of several lines on one line", async () => {
    const { stdout } = await outsock(["request", await echoUrl(), "-"], { stdin: '{\n  "id": 1\n}\n' });
    expect(stdout).toBe('{"id":1}\n');
  });

  test("prints one document with --json", async () => {
    const { code, stdout } = await outsock(["request", await echoUrl(), '{"id":1}', "--json"]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      success: true,
      data: { response: { id: 1 }, correlationId: expect.any(String) },
    });
  });

  test("waits for the message that matches, past the greeting", async () => {
    const url = await echoUrl({ greet: "hello" });
    const { code, stdout } = await outsock(["request", url, '{"id":7}', "--match", "id=7"]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '{"id":7}\n' });
  });

  test("sends headers and subprotocols, secrets and URLs from the environment", async () => {
    const peer = await startPeer({ handshake: { type: "accept", protocol: "b" } });
    const env = { TOKEN: "Bearer secret", URL: `${peer.url}/path?key=secret` };
    const flags = [
      "--url-env",
      "URL",
      "-H",
      "X-One: 1",
      "--header-env",
      "Authorization=TOKEN",
      "-s",
      "a",
      "-s",
      "b",
    ];
    const running = outsock(["request", "1", ...flags], { env });
    const connection = await peer.nextConnection();
    expect(await connection.nextFrame()).toEqual({ type: "text", text: "1" });
    connection.send("2");
    expect(await running).toMatchObject({ code: 0, stdout: "2\n" });
    expect(connection.request).toMatchObject({
      target: "/path?key=secret",
      headers: { "x-one": "1", authorization: "Bearer secret" },
      protocols: ["a", "b"],
    });
  });

  test("exits with 10 if nothing is listening, with at most two lines and no stack", async () => {
    const { code, stdout, stderr } = await outsock(["request", await deadUrl(), "1"]);
    expect({ code, stdout }).toEqual({ code: 10, stdout: "" });
    expect(stderr).toContain("CONNECT_FAILED");
    expect(stderr.trimEnd().split("\n").length).toBeLessThanOrEqual(2);
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  test("exits with 11 if the server rejects the handshake, with its Retry-After", async () => {
    const url = await echoUrl({ reject: 429, retryAfter: 5_000 });
    const { code, stdout, stderr } = await outsock(["request", url, "1", "--json"]);
    expect(code).toBe(11);
    expect(JSON.parse(stdout)).toMatchObject({
      success: false,
      error: { code: "HANDSHAKE_REJECTED", status: 429, retryAfterMs: 5_000, sent: "no" },
    });
    expect(stderr).toContain("try again in 5 s");
  });

  test("exits with 12 if the answer is late, and says that the message may have arrived", async () => {
    const url = await echoUrl({ latency: 60_000 });
    const { code, stderr } = await outsock(["request", url, "1", "--timeout", "200ms"]);
    expect(code).toBe(12);
    expect(stderr).toMatch(/RECEIVE_TIMEOUT.*may have arrived/s);
  });

  test("exits with 12 if the handshake is not answered", async () => {
    const { url } = await startPeer({ handshake: { type: "stall" } });
    const { code, stderr } = await outsock(["request", url, "1", "--timeout", "200ms"]);
    expect(code).toBe(12);
    expect(stderr).toMatch(/CONNECT_TIMEOUT.*--timeout/s);
    expect(stderr).not.toContain("timeoutMs");
  });

  test("exits with 14 if the answer is too big, and accepts it with --max-message-bytes", async () => {
    const url = await echoUrl();
    const stdin = JSON.stringify("a".repeat(1_100_000));
    const small = await outsock(["request", url, "-"], { stdin });
    expect({ code: small.code, stdout: small.stdout }).toEqual({ code: 14, stdout: "" });
    expect(small.stderr).toMatch(/MESSAGE_TOO_BIG.*--max-message-bytes/s);
    const big = await outsock(["request", url, "-", "--max-message-bytes", "1200000"], { stdin });
    expect(big.code).toBe(0);
    expect(big.stdout).toBe(`${stdin}\n`);
  });

  test("exits with 2 if the message is too big to send, and sends it with --max-buffered-bytes", async () => {
    const url = await echoUrl();
    const small = await outsock(["request", url, '"12345678"', "--max-buffered-bytes", "9"]);
    expect(small).toMatchObject({ code: 2, stdout: "" });
    expect(small.stderr).toMatch(/MESSAGE_TOO_BIG.*--max-buffered-bytes/s);
    expect(small.stderr).not.toContain("--max-message-bytes");
    const big = await outsock(["request", url, '"12345678"', "--max-buffered-bytes", "10"]);
    expect(big).toMatchObject({ code: 0 });
  });

  test("Ctrl-C while waiting for the answer is reported in JSON", async () => {
    const peer = await startPeer();
    const waiting = startOutsock(["request", peer.url, "1", "--json"]);
    await (await peer.nextConnection()).nextFrame();
    waiting.child.kill("SIGINT");
    expect(await waiting.exit()).toBe(130);
    expect(JSON.parse(waiting.stdout)).toMatchObject({
      success: false,
      error: { code: "ABORTED", sent: "maybe" },
    });
  });

  test("Ctrl-C while reading the message from stdin is reported in JSON", async () => {
    const waiting = startOutsock(["request", "--json", "--insecure", await deadUrl(), "-"]);
    await waiting.shows("--insecure", "stderr");
    waiting.child.kill("SIGINT");
    expect(await waiting.exit()).toBe(130);
    expect(JSON.parse(waiting.stdout)).toMatchObject({ success: false, error: { code: "ABORTED" } });
  });

  test("exits with 10 and suggests ws:// if the server does not speak TLS", async () => {
    const url = (await echoUrl()).replace("ws:", "wss:");
    const { code, stderr } = await outsock(["request", url, "1"]);
    expect(code).toBe(10);
    expect(stderr).toMatch(/TLS_FAILED.*ws:\/\//s);
  });

  test("exits with 14 if the answer is not JSON, and accepts it with --codec text", async () => {
    const url = await echoUrl({ greet: "hello" });
    const strict = await outsock(["request", url, "1"]);
    expect(strict.code).toBe(14);
    expect(strict.stderr).toMatch(/PARSE_FAILED.*--codec text/s);
    expect(strict.stderr).not.toMatch(/"raw"|answered/);
    const lax = await outsock(["request", url, "not json", "--codec", "text"]);
    expect(lax).toMatchObject({ code: 0, stdout: "hello\n" });
  });

  test("exits with 14 if the server closes instead of answering", async () => {
    const { code, stderr } = await outsock(["request", await echoUrl({ closeCode: 4001 }), "1"]);
    expect(code).toBe(14);
    expect(stderr).toContain("CONNECTION_CLOSED");
  });

  test("a secret in the URL is not printed", async () => {
    const url = `${await deadUrl()}/?token=hunter2`.replace("ws://", "ws://user:hunter2@");
    const { stdout, stderr } = await outsock(["request", url, "1", "--json"]);
    expect(stdout + stderr).not.toContain("hunter2");
  });
});

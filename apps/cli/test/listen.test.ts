import { describe, expect, test } from "vitest";
import { outsock, startOutsock } from "./support/outsock.ts";
import { deadUrl, echoUrl, startPeer } from "./support/servers.ts";

describe("outsock listen", () => {
  test("prints one message per line, stops after --count, and closes cleanly", async () => {
    const peer = await startPeer({ greeting: ['{"n":1}', '{"n":2}', '{"n":3}'] });
    const running = outsock(["listen", peer.url, "--count", "2"]);
    const connection = await peer.nextConnection();
    expect(await connection.nextFrame()).toMatchObject({ type: "close", code: 1000 });
    expect(await running).toMatchObject({ code: 0, stdout: '{"n":1}\n{"n":2}\n' });
  });

  test("sends the messages of --send first, in order", async () => {
    const { code, lines } = await outsock([
      "listen",
      await echoUrl(),
      "--send",
      "1",
      "--send",
      "2",
      "--count",
      "2",
    ]);
    expect({ code, lines }).toEqual({ code: 0, lines: ["1", "2"] });
  });

  test("wraps every message with --json", async () => {
    const { lines } = await outsock(["listen", await echoUrl(), "--send", "[1]", "--count", "1", "--json"]);
    expect(lines.map((line) => JSON.parse(line))).toEqual([{ success: true, data: { response: [1] } }]);
  });

  test("stops after --for, and exits with 12 if --count was not reached", async () => {
    const url = await echoUrl({ greet: "1" });
    expect(await outsock(["listen", url, "--for", "100ms"])).toMatchObject({ code: 0, stdout: "1\n" });
    expect(await outsock(["listen", url, "--for", "100ms", "--count", "2"])).toMatchObject({ code: 12 });
  });

  test("exits with 0 if the server closes normally, and with 14 if that is before --count", async () => {
    const url = await echoUrl({ closeCode: 1000 });
    expect(await outsock(["listen", url])).toMatchObject({ code: 0, stdout: "" });
    expect(await outsock(["listen", url, "--count", "1"])).toMatchObject({ code: 14 });
  });

  test.each([
    ["the server closes", { closeCode: 1000 }, [], 14, "CONNECTION_CLOSED"],
    ["--for has passed", {}, ["--for", "100ms"], 12, "RECEIVE_TIMEOUT"],
  ])("reports too few messages in JSON when %s", async (_when, server, flags, exit, error) => {
    const url = await echoUrl(server);
    const { code, lines } = await outsock(["listen", url, "--json", "--count", "2", ...flags]);
    expect(code).toBe(exit);
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { success: false, error: { code: error, phase: "receive" } },
    ]);
  });

  test("does not mention a message if there is no server", async () => {
    const { code, stderr } = await outsock(["listen", await deadUrl()]);
    expect(code).toBe(10);
    expect(stderr).not.toContain("the message");
  });

  test("exits with 14 if the connection drops, after printing what arrived before", async () => {
    const url = await echoUrl({ dropAfter: 1 });
    const { code, stdout, stderr } = await outsock(["listen", url, "--send", "1"]);
    expect({ code, stdout }).toEqual({ code: 14, stdout: "1\n" });
    expect(stderr).toContain("CONNECTION_CLOSED");
  });

  test("Ctrl-C closes the connection and exits with 130", async () => {
    const peer = await startPeer({ greeting: ["1"] });
    const running = startOutsock(["listen", peer.url]);
    const connection = await peer.nextConnection();
    await running.shows("1\n");
    running.child.kill("SIGINT");
    expect(await connection.nextFrame()).toMatchObject({ type: "close", code: 1000 });
    expect(await running.exit()).toBe(130);
    expect(running.stderr).not.toContain("DISPOSED");
  });

  test("Ctrl-C is reported in JSON", async () => {
    const peer = await startPeer({ greeting: ["1"] });
    const running = startOutsock(["listen", peer.url, "--json"]);
    await running.shows("\n");
    running.child.kill("SIGINT");
    expect(await running.exit()).toBe(130);
    expect(running.lines.map((line) => JSON.parse(line))).toMatchObject([
      { success: true },
      { success: false, error: { code: "ABORTED" } },
    ]);
  });

  test("Ctrl-C exits within a second if the server does not answer the close", async () => {
    const peer = await startPeer({ greeting: ["1"], answersClose: false });
    const running = startOutsock(["listen", peer.url]);
    await running.shows("1\n");
    const startedAt = performance.now();
    running.child.kill("SIGINT");
    expect(await running.exit()).toBe(130);
    expect(performance.now() - startedAt).toBeLessThan(1_500);
  });

  test("Ctrl-C while connecting exits with 130", async () => {
    const peer = await startPeer({ handshake: { type: "stall" } });
    const running = startOutsock(["listen", peer.url]);
    await peer.nextConnection();
    running.child.kill("SIGINT");
    expect(await running.exit()).toBe(130);
  });

  test("exits quietly when the reader of its output is gone", async () => {
    const peer = await startPeer({ greeting: ["1"] });
    const running = startOutsock(["listen", peer.url]);
    const connection = await peer.nextConnection();
    await running.shows("1\n");
    running.child.stdout?.destroy();
    connection.send("2");
    connection.send("3");
    expect(await running.exit()).toBe(0);
    expect(running.stderr).not.toContain("EPIPE");
  });
});

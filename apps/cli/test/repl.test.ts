import { startJsonRpcServer } from "@outsock/test-servers";
import { describe, expect, onTestFinished, test } from "vitest";
import { outsock, startOutsock } from "./support/outsock.ts";
import { echoUrl } from "./support/servers.ts";

describe("outsock repl", () => {
  test("sends lines and prints messages, also in a pipe", async () => {
    const url = await echoUrl();
    const running = startOutsock(["repl", url]);
    running.child.stdin?.write('{"a":1}\n');
    await running.shows('{"a":1}\n');
    running.child.stdin?.write("not json\n/nothing\n//slash\n/stats\n");
    await running.shows("messagesSentCount");
    running.child.stdin?.end();
    expect(await running.exit()).toBe(0);
    expect(running.stderr).toContain("not JSON");
    expect(running.stderr).toContain("there is no command /nothing");
  });

  test("sends texts as they are, also those with a slash", async () => {
    const running = startOutsock(["repl", await echoUrl(), "--codec", "text"]);
    running.child.stdin?.write("hello\n//slash\n");
    await running.shows("hello\n/slash\n");
    running.child.stdin?.write("/close 4000 bye\n");
    expect(await running.exit()).toBe(0);
    expect(running.stderr).toContain("closed with 4000");
  });

  test("ends when the server closes, and reports it", async () => {
    const url = await echoUrl({ dropAfter: 1 });
    const running = startOutsock(["repl", url]);
    running.child.stdin?.write("1\n");
    expect(await running.exit()).toBe(14);
    expect(running.stderr).toContain("CONNECTION_CLOSED");
  });

  test("makes calls with --protocol, one line at a time, and continues after a failure", async () => {
    const server = await startJsonRpcServer();
    onTestFinished(() => server.close());
    const stdin =
      'add [1,2]\nfail\nnothing {\n/help\n/subscribe eth_subscribe ["newHeads"]\n/state\necho [5]\n/quit\nadd [3,4]\n';
    const { code, lines, stderr } = await outsock(["repl", server.url, "--protocol", "jsonrpc"], { stdin });
    expect(code).toBe(0);
    expect(lines.filter((line) => /^(?:3|ready|\[5\]|7)$/.test(line))).toEqual(["3", "ready", "[5]"]);
    expect(stderr).toContain("REMOTE_ERROR");
    expect(stderr).toContain("not JSON");
    expect(server.received.slice(0, 4)).toEqual(["add", "fail", "eth_subscribe", "echo"]);
  });

  test("exits with 130 on Ctrl-C", async () => {
    const running = startOutsock(["repl", await echoUrl()]);
    await running.shows("connected", "stderr");
    running.child.kill("SIGINT");
    expect(await running.exit()).toBe(130);
  });
});

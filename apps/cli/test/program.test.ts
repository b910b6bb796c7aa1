import { describe, expect, test } from "vitest";
import { outsock } from "./support/outsock.ts";

const url = "ws://127.0.0.1:9";

describe("a usage error exits with 2 and says what to write", () => {
  test.concurrent.each([
    ["a command that does not exist", ["reqest", url, "1"], "Did you mean request"],
    ["an option that does not exist", ["listen", url, "--cout", "1"], "Did you mean --count"],
    ["no command", [], "Usage: outsock"],
    ["no URL", ["request"], "the URL is missing"],
    ["a URL with another scheme", ["request", "http://127.0.0.1:9", "1"], "ws:// or wss://"],
    ["a URL without a scheme", ["request", "localhost:8080", "1"], "ws://localhost:8080"],
    ["a public URL without a scheme", ["request", "example.com/api", "1"], "wss://example.com/api"],
    ["an unset URL variable", ["request", "--url-env", "OUTSOCK_NOT_SET", "1"], "OUTSOCK_NOT_SET"],
    ["no message", ["request", url], "the message is missing"],
    ["a message that is not JSON", ["request", url, "{id:1}"], "--codec text"],
    ["a second message that is not JSON", ["send", url, "1", "nope"], "message 2"],
    ["a timeout without a unit", ["request", url, "1", "--timeout", "5"], "5ms or 5s."],
    ["a timeout of 0", ["request", url, "1", "--timeout", "0s"], "longer than 0"],
    ["a count of 0", ["listen", url, "--count", "0"], "whole number"],
    ["a header without a colon", ["request", url, "1", "-H", "Authorization"], "'Name: value'"],
    ["a header that HTTP forbids", ["request", url, "1", "-H", "Bad Name: 1"], "--header"],
    ["a header of the handshake", ["request", url, "1", "-H", "Connection: close"], "--subprotocol"],
    ["a subprotocol given twice", ["request", url, "1", "-s", "a", "-s", "a"], "twice"],
    ["a subprotocol of two words", ["request", url, "1", "-s", "a b"], "--subprotocol"],
    ["an option of a command before its name", ["--timeout", "5s", "request", url, "1"], "after its name"],
    [
      "an unset secret variable",
      ["request", url, "1", "--header-env", "A=OUTSOCK_NOT_SET"],
      "OUTSOCK_NOT_SET",
    ],
    ["a missing file", ["request", url, "1", "--ca", "no-such.pem"], "--ca: cannot read no-such.pem"],
    ["half a client certificate", ["request", url, "1", "--cert", "a.pem"], "belong together"],
    ["--match with texts", ["request", url, "1", "--codec", "text", "--match", "id=1"], "--match"],
    ["--retry-after without --reject", ["echo", "--retry-after", "5s"], "--reject 429"],
    ["a close code that must not be sent", ["echo", "--close-code", "1006"], "1000 to 1003"],
  ])("%s", async (_what, args, hint) => {
    const { code, stdout, stderr } = await outsock(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(hint);
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  test.concurrent("with --json it is also printed on stdout", async () => {
    const { code, stdout } = await outsock(["request", url, "{", "--json"]);
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toEqual({
      success: false,
      error: { code: "USAGE", message: expect.stringContaining("not JSON") },
    });
  });
});

test.concurrent("--json may go before the command", async () => {
  const { code, stdout } = await outsock(["--json", "request", url, "{"]);
  expect(code).toBe(2);
  expect(JSON.parse(stdout)).toMatchObject({ success: false, error: { code: "USAGE" } });
});

test.concurrent("a secret in a URL without a scheme, or in an invalid header, is not printed", async () => {
  for (const args of [
    ["request", "user:hunter2@localhost:8080/?key=hunter2", "1"],
    ["request", "localhost:8080/?key=hunter2", "1"],
    ["request", url, "1", "-H", "Authorization: hunter2\u0001"],
  ]) {
    const { code, stdout, stderr } = await outsock([...args, "--json"]);
    expect(code).toBe(2);
    expect(stdout + stderr).not.toContain("hunter2");
  }
});

test.concurrent("the list of commands shows the arguments of each command", async () => {
  const { stdout } = await outsock(["--help"]);
  expect(stdout).toContain("request [options] <url> <message>");
  expect(stdout).toContain("listen [options] <url>");
});

test.concurrent("an empty stdin is reported as such", async () => {
  for (const args of [
    ["request", url, "-"],
    ["listen", url, "--send", "-"],
  ]) {
    const { code, stderr } = await outsock(args, { stdin: "" });
    expect(code).toBe(2);
    expect(stderr).toContain("stdin was empty");
  }
});

test.concurrent("--help and --version exit with 0 and print to stdout", async () => {
  const help = await outsock(["--help"]);
  expect(help).toMatchObject({ code: 0, stderr: "" });
  expect(help.stdout).toMatch(/request.*listen.*send.*echo.*demo/s);
  const version = await outsock(["--version"]);
  expect(version).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
});

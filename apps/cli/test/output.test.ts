import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { startJsonRpcServer } from "@outsock/test-servers";
import { describe, expect, test } from "vitest";
import { outsock } from "./support/outsock.ts";
import { deadUrl, echoUrl, use } from "./support/servers.ts";

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));

/** Runs a command line in a shell, where a full disk and a closed pipe are easy to produce. */
function shell(script: string): Promise<{ code: number; stdout: string; stderr: string }> {
  const program = `"${process.execPath}" --conditions=@outsock/source "${main}"`;
  return new Promise((resolve) => {
    const child = execFile(
      "sh",
      ["-c", script.replaceAll("outsock", program)],
      { timeout: 30_000 },
      (_error, stdout, stderr) => resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    );
  });
}

describe.runIf(existsSync("/dev/full"))("on a full disk", () => {
  test.each(["request URL 1", "request URL 1 --json", "listen URL --send 1", "--help", "echo"])(
    "%s reports it in one line and exits with 1",
    async (command) => {
      const { code, stderr } = await shell(`outsock ${command.replace("URL", await echoUrl())} >/dev/full`);
      expect(code).toBe(1);
      expect(stderr.split("\n").filter((line) => line.includes("ENOSPC"))).toHaveLength(1);
      expect(stderr).not.toMatch(/^\s+at /m);
    },
  );

  test("a stderr that cannot be written does not change the exit code", async () => {
    expect(await shell(`outsock request ${await deadUrl()} 1 2>/dev/full`)).toMatchObject({ code: 10 });
    expect(await shell("outsock reqest 2>/dev/full")).toMatchObject({ code: 2 });
  });
});

test("a reader that is gone before the help is printed is not a failure", async () => {
  expect(await shell("{ outsock --help; echo rc=$? >&2; } | true")).toMatchObject({ stderr: "rc=0\n" });
});

test("an error of the server cannot control the terminal", async () => {
  const server = await use(startJsonRpcServer());
  const { stderr } = await outsock(["call", server.url, "\u001b[2Jbell\u0007"]);
  expect(stderr).toContain("-32601");
  expect(stderr.replaceAll("\n", "")).not.toMatch(/\p{Cc}/u);
});

test("an answer of the server cannot control the terminal, and stays the same JSON", async () => {
  const server = await use(startJsonRpcServer());
  const { stdout } = await outsock(["call", server.url, "echo", "-"], {
    stdin: JSON.stringify(["\u009b2J\u007f"]),
  });
  expect(stdout.trim()).not.toMatch(/\p{Cc}/u);
  expect(JSON.parse(stdout)).toEqual(["\u009b2J\u007f"]);
});

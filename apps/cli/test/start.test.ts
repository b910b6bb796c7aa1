import { describe, expect, test } from "vitest";
import { outsock } from "./support/outsock.ts";

describe("start", () => {
  test.concurrent("runs the demo without arguments, with short output and no colours", async () => {
    const { code, stdout } = await outsock([], { program: "start" });
    expect(code).toBe(0);
    expect(stdout.trimEnd().split("\n").length).toBeLessThanOrEqual(30);
    expect(stdout).not.toContain("\u001b");
    expect(stdout).toContain("all right");
  });

  test.concurrent("runs the demo with only flags, and the command line with a command", async () => {
    const document = await outsock(["--", "--json"], { program: "start" });
    expect(JSON.parse(document.stdout)).toMatchObject({ success: true });
    const request = await outsock(["request", "nowhere", "1"], { program: "start" });
    expect(request.code).toBe(2);
    const help = await outsock(["--help"], { program: "start" });
    expect(help).toMatchObject({ code: 0, stdout: expect.stringContaining("Usage: outsock") });
  });
});

import { describe, expect, test } from "vitest";
import { outsock } from "./support/outsock.ts";

describe("a tape argument", () => {
  test.each([
    ["record", ["record", "wss://example.com/?token=sesame", "tape.ndjson"]],
    ["replay", ["replay", "wss://example.com/?token=sesame"]],
    ["echo", ["echo", "--tape", "wss://example.com/?token=sesame"]],
  ])("that is a URL is rejected and not printed (%s)", async (_, args) => {
    const { code, stderr } = await outsock(args);
    expect(code).toBe(2);
    expect(stderr).toContain("the tape goes before the URL");
    expect(stderr).not.toContain("sesame");
  });
});

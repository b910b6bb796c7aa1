import { describe, expect, test } from "vitest";
import { formatDuration, parseDuration } from "../src/options/durations.ts";

describe("parseDuration", () => {
  test.each([
    ["500ms", 500],
    ["5s", 5_000],
    ["0.5s", 500],
    ["2m", 120_000],
    ["1h", 3_600_000],
    [" 10 s ", 10_000],
    ["0s", 0],
    ["1.6ms", 2],
  ])("reads %s as %d milliseconds", (text, ms) => {
    expect(parseDuration(text)).toEqual({ ok: true, ms });
  });

  test.each([
    "5",
    "0.5",
    "0.5ms",
    "0.0001s",
    "",
    "s",
    "-1s",
    "5 parsecs",
    "5S",
    "1e3ms",
    "600h",
    "constructor",
  ])("refuses %j", (text) => {
    expect(parseDuration(text).ok).toBe(false);
  });

  test("asks for the unit of a bare number", () => {
    expect(parseDuration("30")).toMatchObject({ problem: expect.stringContaining("30ms or 30s") });
  });
});

test("formatDuration never rounds down", () => {
  expect([0.2, 350, 999.5, 1_000, 5_010].map(formatDuration)).toEqual([
    "1 ms",
    "350 ms",
    "1000 ms",
    "1 s",
    "5.1 s",
  ]);
});

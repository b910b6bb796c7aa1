import { describe, expect, test } from "vitest";
import { readHeaders } from "../src/options/connection-options.ts";
import { UsageError } from "../src/output/failures.ts";

describe("readHeaders", () => {
  test("splits at the first colon and trims", () => {
    expect(readHeaders(["X-Time:  10:30 "], [], {})).toEqual({ "X-Time": "10:30" });
  });

  test("takes values from the environment", () => {
    expect(readHeaders([], ["Authorization=TOKEN"], { TOKEN: "Bearer a=b" })).toEqual({
      Authorization: "Bearer a=b",
    });
  });

  test.each([
    [["no colon"], []],
    [[": value"], []],
    [["A: 1", "a: 2"], []],
    [[], ["Authorization"]],
    [[], ["Authorization="]],
    [[], ["Authorization=MISSING"]],
    [[], ["Authorization=EMPTY"]],
  ])("refuses %j and %j", (headers, fromEnvironment) => {
    expect(() => readHeaders(headers, fromEnvironment, { EMPTY: "" })).toThrow(UsageError);
  });
});

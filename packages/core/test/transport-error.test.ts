import { expect, test } from "vitest";
import { parseRetryAfter } from "../src/index.ts";

test("seconds and dates become milliseconds", () => {
  expect(parseRetryAfter("120")).toBe(120_000);
  expect(parseRetryAfter(" 0 ")).toBe(0);
  const inAMinute = parseRetryAfter(new Date(Date.now() + 60_000).toUTCString());
  expect(inAMinute).toBeGreaterThan(58_000);
  expect(inAMinute).toBeLessThanOrEqual(60_000);
});

test("what is longer than timers take is cut to that", () => {
  for (const header of ["99999999999999999999999", "Fri, 31 Dec 9999 23:59:59 GMT"]) {
    expect(parseRetryAfter(header)).toBe(2_147_483_647);
  }
});

test("a date that has passed is 0", () => {
  expect(parseRetryAfter("Wed, 21 Oct 2015 07:28:00 GMT")).toBe(0);
});

test("what is neither is left out", () => {
  for (const header of [undefined, "", "soon", "-1", "1.5"]) expect(parseRetryAfter(header)).toBeUndefined();
});

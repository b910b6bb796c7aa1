import { describe, expect, it } from "vitest";
import { ContractViolation, equal, ok, sameItems, throws } from "../src/index.ts";

function violationOf(run: () => unknown): ContractViolation {
  try {
    run();
  } catch (error) {
    if (error instanceof ContractViolation) return error;
  }
  throw new Error("no ContractViolation was thrown");
}

describe("an assertion", () => {
  it("throws a ContractViolation with both values, as node:assert does", () => {
    const violation = violationOf(() => equal("a", "b", "the code"));
    expect(violation).toMatchObject({ name: "ContractViolation", actual: "a", expected: "b" });
    expect(violation.message).toBe('the code: "a" instead of "b"');
  });

  it("shortens values of more than 100 characters in its message", () => {
    expect(violationOf(() => equal("x".repeat(200), "", "text")).message.length).toBeLessThan(130);
  });

  it("says which item differs, and when their number does", () => {
    expect(violationOf(() => sameItems([1, 2], [1, 3], "bytes")).message).toBe("bytes, at 1: 2 instead of 3");
    expect(violationOf(() => sameItems([1], [1, 3], "bytes")).message).toContain("how many");
  });

  it("passes what holds, and returns what was thrown", () => {
    ok(true, "holds");
    equal(Number.NaN, Number.NaN, "a number");
    sameItems([1], Uint8Array.of(1), "bytes");
    expect(throws(() => Promise.reject(ok(false, "broken")), "a call")).toMatchObject({ message: "broken" });
    expect(violationOf(() => throws(() => 1, "a call")).message).toBe("a call: nothing was thrown");
  });
});

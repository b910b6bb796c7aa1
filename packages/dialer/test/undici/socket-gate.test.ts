import { expect, test } from "vitest";
import { closeCodeOf, encodeCloseFrame } from "../../src/undici/socket-gate.ts";

test("the code of a masked Close frame is read back, and an empty one is 1005", () => {
  expect(closeCodeOf(encodeCloseFrame(4321, "why"))).toBe(4321);
  expect(closeCodeOf(encodeCloseFrame(undefined, ""))).toBe(1005);
  expect(closeCodeOf(Uint8Array.of(0x8a, 0x80, 1, 2, 3, 4))).toBeUndefined();
});

test("a reason that does not fit into a Close frame is refused", () => {
  expect(() => encodeCloseFrame(1000, "ü".repeat(62))).toThrow(RangeError);
});

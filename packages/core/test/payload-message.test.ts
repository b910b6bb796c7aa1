import { expect, it } from "vitest";
import { payloadMessage } from "../src/index.ts";

it("a payload is a message: text as it is, bytes as they are, each as the other where it can be", () => {
  const text = payloadMessage("né");
  expect([text.isText, text.byteLength, text.text(), [...text.bytes()]]).toEqual([
    true,
    3,
    "né",
    [110, 195, 169],
  ]);
  const bytes = payloadMessage(Uint8Array.of(110, 195, 169));
  expect([bytes.isText, bytes.byteLength, bytes.text(), [...bytes.bytes()]]).toEqual([
    false,
    3,
    "né",
    [110, 195, 169],
  ]);
  expect(() => payloadMessage(Uint8Array.of(255)).text()).toThrow(TypeError);
  expect(payloadMessage("", 7).byteLength).toBe(7);
});

import { describe, expect, it } from "vitest";
import { encodeCloseFrame, encodeFrame, encodeMessage, opcodes } from "../src/frame-writer.ts";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

describe("the peer's frame writer", () => {
  it("writes the examples of RFC 6455 section 5.7", () => {
    expect(hex(encodeMessage("Hello"))).toBe("810548656c6c6f");
    expect(hex(encodeFrame(opcodes.text, "Hel", { fin: false }))).toBe("010348656c");
    expect(hex(encodeFrame(opcodes.continuation, "lo"))).toBe("80026c6f");
    expect(hex(encodeFrame(opcodes.ping, "Hello"))).toBe("890548656c6c6f");
    expect(hex(encodeMessage(new Uint8Array(256)).subarray(0, 4))).toBe("827e0100");
    expect(hex(encodeMessage(new Uint8Array(65_536)).subarray(0, 10))).toBe("827f0000000000010000");
  });

  it("writes Close frames with a code, a reason, or neither", () => {
    expect(hex(encodeCloseFrame())).toBe("8800");
    expect(hex(encodeCloseFrame(1000))).toBe("880203e8");
    expect(hex(encodeCloseFrame(4001, "no"))).toBe("88040fa16e6f");
  });

  it("writes invalid frames as its options say", () => {
    expect(hex(encodeFrame(opcodes.text, "a", { reserved: 4 }))).toBe("c10161");
    expect(hex(encodeFrame(opcodes.text, "a", { masked: true }))).toBe("81810000000061");
    expect(hex(encodeFrame(opcodes.text, "a", { announcedLength: 2 ** 40 }))).toBe("817f000001000000000061");
  });
});

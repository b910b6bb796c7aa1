import { describe, expect, it } from "vitest";
import { encodeCloseFrame, encodeFrame, encodeMessage, opcodes } from "../src/frame-writer.ts";
import { FrameReader } from "../src/node-peer/frame-reader.ts";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const bytesOf = (text: string) => Buffer.from(text.replaceAll(" ", ""), "hex");

/** The masked frames of RFC 6455 section 5.7. */
const maskedHello = bytesOf("81 85 37 fa 21 3d 7f 9f 4d 51 58");
const maskedPong = bytesOf("8a 85 37 fa 21 3d 7f 9f 4d 51 58");

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

  it("writes frames that are wrong in every way asked for", () => {
    expect(hex(encodeFrame(opcodes.text, "a", { reserved: 4 }))).toBe("c10161");
    expect(hex(encodeFrame(opcodes.text, "a", { masked: true }))).toBe("81810000000061");
    expect(hex(encodeFrame(opcodes.text, "a", { announcedLength: 2 ** 40 }))).toBe("817f000001000000000061");
  });
});

describe("the peer's frame reader", () => {
  it("reads the examples of RFC 6455 section 5.7", () => {
    const read = new FrameReader().push(Buffer.concat([maskedHello, maskedPong]));
    expect(read).toEqual([
      { type: "text", text: "Hello" },
      { type: "pong", bytes: Uint8Array.from(Buffer.from("Hello")) },
    ]);
  });

  it("reads frames that come a byte at a time", () => {
    const reader = new FrameReader();
    const read = [...maskedHello].flatMap((byte) => reader.push(Buffer.of(byte)));
    expect(read).toEqual([{ type: "text", text: "Hello" }]);
  });

  it("joins fragments around a control frame", () => {
    const start = bytesOf("01 82 00000000 6869");
    const end = bytesOf("80 81 00000000 21");
    const read = new FrameReader().push(Buffer.concat([start, maskedPong, end]));
    expect(read.map(({ type }) => type)).toEqual(["pong", "text"]);
    expect(read[1]).toEqual({ type: "text", text: "hi!" });
  });

  it("reads Close frames with and without a code", () => {
    const read = new FrameReader().push(bytesOf("88 80 00000000 88 84 00000000 0fa1 6e6f"));
    expect(read).toEqual([
      { type: "close", code: 1005, reason: "" },
      { type: "close", code: 4001, reason: "no" },
    ]);
  });

  it("calls a frame without a mask or with reserved bits a fault", () => {
    const read = new FrameReader().push(bytesOf("81 01 61 c1 81 00000000 61"));
    expect(read.map(({ type }) => type)).toEqual(["fault", "fault"]);
  });
});

import { describe, expect, it } from "vitest";
import { FrameReader } from "../../src/node-peer/frame-reader.ts";

const bytesOf = (text: string) => Buffer.from(text.replaceAll(" ", ""), "hex");

/** The masked frames of RFC 6455 section 5.7. */
const maskedHello = bytesOf("81 85 37 fa 21 3d 7f 9f 4d 51 58");
const maskedPong = bytesOf("8a 85 37 fa 21 3d 7f 9f 4d 51 58");

describe("the peer's frame reader", () => {
  it("reads the examples of RFC 6455 section 5.7", () => {
    const read = new FrameReader().push(Buffer.concat([maskedHello, maskedPong]));
    expect(read).toEqual([
      { type: "text", text: "Hello" },
      { type: "pong", bytes: Uint8Array.from(Buffer.from("Hello")) },
    ]);
  });

  it("reads frames that arrive a byte at a time", () => {
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

  it("reports a frame without a mask or with reserved bits as a fault", () => {
    const read = new FrameReader().push(bytesOf("81 01 61 c1 81 00000000 61"));
    expect(read.map(({ type }) => type)).toEqual(["fault", "fault"]);
  });
});

import { describe, expect, it } from "vitest";
import { WsMessage } from "../src/ws-message.ts";

describe("a message of ws", () => {
  it("gives its bytes in a buffer that holds nothing else", () => {
    const read = Buffer.from("somebody else's text and mine");
    const bytes = new WsMessage(read.subarray(-4), false).bytes();
    expect([bytes.byteOffset, bytes.buffer.byteLength]).toEqual([0, 4]);
    expect(Buffer.from(bytes).toString()).toBe("mine");
  });

  it("copies nothing that has a buffer of its own", () => {
    const { buffer } = new Uint8Array(100_000);
    expect(new WsMessage(Buffer.from(buffer), false).bytes().buffer).toBe(buffer);
  });
});

import { array, assert, constantFrom, nat, oneof, property, string, tuple, uint8Array } from "fast-check";
import { describe, expect, it } from "vitest";
import { type FrameMemory, frameMemory, maxFrameBytes, writeFrame } from "../src/frame-batch.ts";

type Message = string | Uint8Array;

const fill = 0xa5;

/** Frames as RFC 6455 section 5.2 has them, read by other means than they are written. */
function parseFrame(bytes: Uint8Array) {
  const [first = 0, second = 0, high = 0, low = 0] = bytes;
  const short = second & 0x7f;
  const length = short === 126 ? high * 256 + low : short;
  const start = short === 126 ? 8 : 6;
  const key = bytes.slice(start - 4, start);
  const payload = bytes.slice(start, start + length).map((byte, i) => byte ^ (key[i % 4] ?? 0));
  return {
    first,
    isMasked: second >= 0x80,
    short,
    length,
    key: Buffer.from(key).toString("hex"),
    payload,
    end: start + length,
  };
}

function expectedPayload(message: Message): Uint8Array {
  // A lone surrogate becomes U+FFFD here, as WHATWG Encoding has it.
  return typeof message === "string" ? new TextEncoder().encode(message) : message;
}

function freshMemory(byteLength: number): FrameMemory {
  const memory = frameMemory(byteLength);
  memory.bytes.fill(fill);
  return memory;
}

const letters = oneof(
  string({ unit: "binary", maxLength: 60, size: "max" }),
  // Any UTF-16 units, lone surrogates among them.
  array(nat(0xffff), { maxLength: 60, size: "max" }).map((units) => String.fromCharCode(...units)),
  string({ unit: "grapheme", maxLength: 60, size: "max" }),
);

/** Strings around 125 and 126 bytes and units, of characters of one to four bytes. */
const atTheBorder = tuple(constantFrom("x", "ü", "世", "🎈", "\ud800"), nat(3), nat(8)).map(
  ([letter, bytesOrUnits, more]) => {
    const size = bytesOrUnits === 0 ? letter.length : Buffer.byteLength(letter);
    return letter.repeat(Math.floor(120 / size)) + "y".repeat(more);
  },
);

const long = tuple(constantFrom("x", "ü", "世", "🎈"), nat(1_300)).map(([letter, count]) =>
  letter.repeat(count),
);

const message = oneof(
  letters,
  atTheBorder,
  long,
  uint8Array({ maxLength: 200, size: "max" }),
  uint8Array({ maxLength: 4_096, size: "max" }),
);

describe("a frame written for a message", () => {
  it("reads back as the message, masked, with a key of its own, and touches no other memory", () => {
    assert(
      property(array(message, { minLength: 1, maxLength: 8, size: "max" }), nat(70), (messages, gap) => {
        const room = messages.reduce((sum, each) => sum + maxFrameBytes(each) + gap, 0);
        const memory = freshMemory(room);
        const keys = new Set<string>();
        let at = 0;
        for (const each of messages) {
          const before = Buffer.from(memory.bytes.subarray(0, at + gap));
          at += gap;
          const end = writeFrame(memory, at, each);
          const frame = parseFrame(memory.bytes.subarray(at));
          expect(frame.first).toBe(typeof each === "string" ? 0x81 : 0x82);
          expect(frame.isMasked).toBe(true);
          expect(frame.short).toBe(frame.length < 126 ? frame.length : 126);
          expect(Buffer.compare(frame.payload, expectedPayload(each))).toBe(0);
          expect(at + frame.end).toBe(end);
          expect(end - at).toBeLessThanOrEqual(maxFrameBytes(each));
          expect(memory.bytes.subarray(0, at).equals(before)).toBe(true);
          expect(memory.bytes.subarray(at + maxFrameBytes(each)).every((byte) => byte === fill)).toBe(true);
          keys.add(frame.key);
          at = end;
          memory.bytes.fill(fill, at);
        }
        expect(keys.size).toBe(messages.length);
      }),
      { numRuns: 300 },
    );
  });

  it("leaves the bytes of the caller as they are", () => {
    const bytes = Uint8Array.of(1, 2, 3, 4, 5);
    writeFrame(frameMemory(maxFrameBytes(bytes)), 0, bytes);
    expect(bytes).toEqual(Uint8Array.of(1, 2, 3, 4, 5));
  });

  it("has a new key also after many thousands of frames", () => {
    const memory = frameMemory(maxFrameBytes("x"));
    const keys = new Set<string>();
    const frames = 10_000;
    for (let i = 0; i < frames; i += 1) {
      writeFrame(memory, 0, "x");
      keys.add(parseFrame(memory.bytes).key);
    }
    // Of random keys of 32 bits hardly a few in ten thousand are alike.
    expect(keys.size).toBeGreaterThan(frames - 10);
  });
});

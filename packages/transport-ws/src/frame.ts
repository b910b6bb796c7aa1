import { randomFillSync } from "node:crypto";

/** Memory that frames are written to, and a view of it that takes four bytes at a time, wherever they begin. */
export interface FrameMemory {
  readonly bytes: Buffer;
  readonly view: DataView;
}

export function frameMemory(byteLength: number): FrameMemory {
  const bytes = Buffer.allocUnsafeSlow(byteLength);
  return { bytes, view: new DataView(bytes.buffer) };
}

const finalText = 0x81;
const finalBinary = 0x82;
const masked = 0x80;

/** The longest header of a frame written here: 2 bytes, 2 of an extended length, 4 of a masking key. */
const maxHeaderBytes = 8;

/** How much room a message of at most 65,535 bytes may need as a frame. */
export function maxFrameBytes(message: string | Uint8Array): number {
  // A UTF-16 unit is at most 3 bytes of UTF-8.
  return maxHeaderBytes + (typeof message === "string" ? 3 * message.length : message.length);
}

function headerBytes(length: number): number {
  return length < 126 ? 6 : maxHeaderBytes;
}

/**
 * Writes a message as one masked frame (RFC 6455 section 5.2) and returns where it ends. There must be room for
 * {@link maxFrameBytes}.
 */
export function writeFrame(memory: FrameMemory, at: number, message: string | Uint8Array): number {
  const { bytes, view } = memory;
  const isText = typeof message === "string";
  const payloadAt = at + headerBytes(message.length);
  const length = isText ? bytes.write(message, payloadAt) : message.length;
  if (!isText) bytes.set(message, payloadAt);
  const start = at + headerBytes(length);
  // A short text that takes more bytes than characters needs the longer header after all.
  if (start > payloadAt) bytes.copyWithin(start, payloadAt, payloadAt + length);
  bytes[at] = isText ? finalText : finalBinary;
  bytes[at + 1] = masked | Math.min(length, 126);
  if (length >= 126) view.setUint16(at + 2, length);
  mask(memory, start, start + length);
  return start + length;
}

const keys = new Int32Array(2 * 1024);
let nextKey = keys.length;

/** With an unpredictable key (RFC 6455 section 10.3), which is put before the payload. */
function mask({ bytes, view }: FrameMemory, start: number, end: number): void {
  if (nextKey === keys.length) {
    randomFillSync(keys);
    nextKey = 0;
  }
  const key = keys[nextKey] ?? 0;
  nextKey += 1;
  view.setInt32(start - 4, key);
  let i = start;
  for (const lastWhole = end - 3; i < lastWhole; i += 4) view.setInt32(i, view.getInt32(i) ^ key);
  for (let shift = 24; i < end; i += 1, shift -= 8) bytes[i] = (bytes[i] ?? 0) ^ (key >>> shift);
}

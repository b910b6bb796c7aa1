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

const slabBytes = 64 * 1024;

/** Its frames are the last ones in the slab, and no socket knows of them yet. */
interface BatchOwner {
  /** Gives the socket the batch. */
  flush(): void;
}

/**
 * Frames are written to it one after the other, so the frames of a batch cost their socket one chunk. What was handed to a
 * socket is never overwritten, so it can wait for a slow peer; a full slab is left to the sockets that hold parts of it.
 */
let slab: FrameMemory = frameMemory(0);
let slabEnd = 0;
let batchStart = 0;
let batchOwner: BatchOwner | undefined;

export function batchedBytes(owner: BatchOwner): number {
  return batchOwner === owner ? slabEnd - batchStart : 0;
}

/** Adds a message to the batch of its channel. The batch of another channel is flushed first. */
export function addToBatch(owner: BatchOwner, message: string | Uint8Array): void {
  const hasRoom = slab.bytes.length - slabEnd >= maxFrameBytes(message);
  if (batchOwner !== owner || !hasRoom) {
    batchOwner?.flush();
    if (!hasRoom) {
      slab = frameMemory(slabBytes);
      slabEnd = 0;
    }
    batchOwner = owner;
    batchStart = slabEnd;
  }
  slabEnd = writeFrame(slab, slabEnd, message);
}

/** The frames of a batch, which is over. */
export function takeBatch(owner: BatchOwner): Buffer | undefined {
  if (batchOwner !== owner) return undefined;
  batchOwner = undefined;
  return slab.bytes.subarray(batchStart, slabEnd);
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

/** Random bytes for masking keys, four at a time. */
const keys = new Int32Array(2 * 1024);
let latestKey = -1;

/**
 * Writes a message as one masked frame (RFC 6455 section 5.2) and returns where it ends. There must be room for
 * {@link maxFrameBytes}.
 */
export function writeFrame({ bytes, view }: FrameMemory, at: number, message: string | Uint8Array): number {
  const isText = typeof message === "string";
  const payloadAt = at + headerBytes(message.length);
  const length = isText ? bytes.write(message, payloadAt) : message.length;
  if (!isText) bytes.set(message, payloadAt);
  const start = at + headerBytes(length);
  const end = start + length;
  // A short text that takes more bytes than characters needs the longer header after all.
  if (start > payloadAt) bytes.copyWithin(start, payloadAt, payloadAt + length);
  bytes[at] = isText ? finalText : finalBinary;
  bytes[at + 1] = masked | Math.min(length, 126);
  if (length >= 126) view.setUint16(at + 2, length);
  // The masking key is unpredictable (section 10.3) and stands before the payload.
  latestKey = (latestKey + 1) % keys.length;
  if (latestKey === 0) randomFillSync(keys);
  const key = keys[latestKey] ?? 0;
  view.setInt32(start - 4, key);
  let i = start;
  for (const lastWhole = end - 3; i < lastWhole; i += 4) view.setInt32(i, view.getInt32(i) ^ key);
  for (let shift = 24; i < end; i += 1, shift -= 8) bytes[i] = (bytes[i] ?? 0) ^ (key >>> shift);
  return end;
}

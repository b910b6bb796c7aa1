import { randomFillSync } from "node:crypto";
import type { Socket } from "node:net";

const slabBytes = 64 * 1024;

/** Memory that frames are written to, and a view of it that takes four bytes at a time, wherever they begin. */
export interface FrameMemory {
  readonly bytes: Buffer;
  readonly view: DataView;
}

export function frameMemory(byteLength: number): FrameMemory {
  const bytes = Buffer.allocUnsafeSlow(byteLength);
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, byteLength) };
}

/**
 * Frames are written to it one after the other. What was handed to a socket is never overwritten, so it can wait for a slow
 * peer; a full slab is left to the sockets that hold parts of it.
 */
let slab: FrameMemory = frameMemory(0);
let slabEnd = 0;

/** The batch whose frames are the last ones in the slab. */
let writer: FrameBatch | undefined;

/** Small messages of one channel in one piece of memory, which cost their socket one chunk. */
export class FrameBatch {
  readonly #socket: Socket;
  readonly #written: (error?: Error | null) => void;
  #start = 0;

  /** `written` is called for every batch that has left. */
  constructor(socket: Socket, written: (error?: Error | null) => void) {
    this.#socket = socket;
    this.#written = written;
  }

  /** Bytes that the socket does not know of yet. */
  get byteLength(): number {
    return writer === this ? slabEnd - this.#start : 0;
  }

  /** Returns how many bytes the message takes. */
  add(message: string | Uint8Array): number {
    const maxBytes = maxFrameBytes(message);
    if (writer !== this || slab.bytes.length - slabEnd < maxBytes) this.#begin(maxBytes);
    const start = slabEnd;
    slabEnd = writeFrame(slab, start, message);
    return slabEnd - start;
  }

  /** Gives the socket what was added. */
  flush(): void {
    if (writer !== this) return;
    writer = undefined;
    const socket = this.#socket;
    if (!socket.writable) return;
    const frames = slab.bytes.subarray(this.#start, slabEnd);
    // What has to wait for a slow peer is copied: a few bytes must not keep a whole slab.
    socket.write(socket.writableLength === 0 ? frames : Buffer.from(frames), this.#written);
  }

  #begin(maxBytes: number): void {
    writer?.flush();
    if (slab.bytes.length - slabEnd < maxBytes) {
      slab = frameMemory(slabBytes);
      slabEnd = 0;
    }
    writer = this;
    this.#start = slabEnd;
  }
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

/**
 * Writes a message as one masked frame (RFC 6455 section 5.2) and returns where it ends. There must be room for
 * {@link maxFrameBytes}.
 */
export function writeFrame(memory: FrameMemory, at: number, message: string | Uint8Array): number {
  const { bytes: target } = memory;
  const isText = typeof message === "string";
  const payloadAt = at + (message.length < 126 ? 6 : maxHeaderBytes);
  const length = isText ? target.write(message, payloadAt) : message.length;
  if (!isText) target.set(message, payloadAt);
  const start = at + (length < 126 ? 6 : maxHeaderBytes);
  // A short text that takes more bytes than characters needs the longer header after all.
  if (start > payloadAt) target.copyWithin(start, payloadAt, payloadAt + length);
  target[at] = isText ? finalText : finalBinary;
  if (length < 126) {
    target[at + 1] = masked | length;
  } else {
    target[at + 1] = masked | 126;
    target[at + 2] = length >> 8;
    target[at + 3] = length & 0xff;
  }
  mask(memory, start, start + length);
  return start + length;
}

const keys = frameMemory(8 * 1024);
let nextKey = keys.bytes.length;

/** With an unpredictable key (RFC 6455 section 10.3), which is put before the payload. */
function mask({ bytes, view }: FrameMemory, start: number, end: number): void {
  if (nextKey === keys.bytes.length) {
    randomFillSync(keys.bytes);
    nextKey = 0;
  }
  const key = keys.view.getInt32(nextKey);
  nextKey += 4;
  view.setInt32(start - 4, key);
  let i = start;
  for (const lastWhole = end - 3; i < lastWhole; i += 4) view.setInt32(i, view.getInt32(i) ^ key);
  for (let shift = 24; i < end; i += 1, shift -= 8) bytes[i] = (bytes[i] ?? 0) ^ (key >>> shift);
}

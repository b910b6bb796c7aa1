import type { Socket } from "node:net";
import { type FrameMemory, frameMemory, mostFrameBytes, writeFrame } from "./client-frame.ts";

const slabBytes = 64 * 1024;

/**
 * The memory that frames are written to, one after the other. What was handed to a socket is never written again, so it can
 * wait for a slow peer; a full slab is left to the sockets that hold parts of it.
 */
let slab: FrameMemory = frameMemory(0);
let slabEnd = 0;

/** Whose frames are the last ones in the slab. */
let writer: FrameBatch | undefined;

/** Small messages of one channel as one piece of memory: they cost their socket one chunk. */
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

  /** Answers how many bytes it takes. */
  add(message: string | Uint8Array): number {
    const mostBytes = mostFrameBytes(message);
    if (writer !== this || slab.bytes.length - slabEnd < mostBytes) this.#begin(mostBytes);
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

  #begin(mostBytes: number): void {
    writer?.flush();
    if (slab.bytes.length - slabEnd < mostBytes) {
      slab = frameMemory(slabBytes);
      slabEnd = 0;
    }
    writer = this;
    this.#start = slabEnd;
  }
}

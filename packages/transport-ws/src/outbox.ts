import type { Socket } from "node:net";
import { type FrameMemory, frameMemory, maxFrameBytes, writeFrame } from "./frame.ts";

/** How much may be held back before it leaves, in the middle of a tick too. */
const maxHeldBytes = 64 * 1024;

/** Messages up to this length are framed here; a longer one costs its bytes, not its calls. */
const maxBatchedLength = 4 * 1024;

const slabBytes = 64 * 1024;

/** Called when a write has left. */
export type Written = (error?: Error | null) => void;

interface OutboxOwner {
  /** Gives the socket the frame of a long message. */
  sendLong(message: string | Uint8Array, written: Written): void;
  /** Everything that was sent has left. */
  drained(): void;
}

/**
 * Frames of all outboxes are written to it one after the other, so those of one are one chunk. What was handed to a socket
 * is never overwritten, so it can wait for a slow peer; a full slab is left to the sockets that hold parts of it.
 */
let slab: FrameMemory = frameMemory(0);
let slabEnd = 0;

/** The outbox whose batch of frames is the last in the slab, from `batchStart` on. No socket knows of it yet. */
let writer: Outbox | undefined;
let batchStart = 0;

/**
 * Turns the messages of one tick into one write: most of the cost of a small message is its system call. The socket is
 * corked at the first message and uncorked when the tick ends, after the promises that settle in it, so what a read has
 * triggered is in one write as well.
 *
 * A channel that sent only one message in the previous tick most likely has a caller who awaits the answer: its first
 * message leaves at once, and only a second one in the same tick is held back.
 */
export class Outbox {
  readonly #socket: Socket;
  readonly #owner: OutboxOwner;
  #tick: "over" | "begun" | "corked" = "over";
  #inBatches = false;
  #messages = 0;
  /** What waited in the socket before anything was held back. */
  #waiting = 0;
  #unsent = false;

  constructor(socket: Socket, owner: OutboxOwner) {
    this.#socket = socket;
    this.#owner = owner;
  }

  get bufferedAmount(): number {
    return this.#socket.writableLength + (writer === this ? slabEnd - batchStart : 0);
  }

  send(message: string | Uint8Array): void {
    this.#hold();
    if (message.length > maxBatchedLength) {
      this.flush();
      this.#owner.sendLong(message, this.#written);
    } else {
      this.#addFrame(message);
      if (this.#tick !== "corked") this.flush();
    }
    this.#unsent ||= this.bufferedAmount > 0;
  }

  /** Gives the socket the batch: what was sent so far leaves before whatever the socket is given next. */
  flush(): void {
    if (writer !== this) return;
    writer = undefined;
    const socket = this.#socket;
    if (!socket.writable) return;
    const batch = slab.bytes.subarray(batchStart, slabEnd);
    // What has to wait for a slow peer is copied: a few bytes must not keep a whole slab.
    socket.write(socket.writableLength === 0 ? batch : Buffer.from(batch), this.#written);
  }

  /** Writes what is held back now. */
  release(): void {
    this.flush();
    if (this.#tick !== "corked") return;
    this.#tick = "begun";
    corked.delete(this);
    this.#socket.uncork();
  }

  endTick(): void {
    this.release();
    this.#tick = "over";
    this.#inBatches = this.#messages > 1;
    this.#messages = 0;
  }

  #hold(): void {
    this.#messages += 1;
    if (this.#tick === "over" && !this.#inBatches) {
      this.#tick = "begun";
      return;
    }
    if (this.#tick !== "corked") {
      this.#tick = "corked";
      corked.add(this);
      process.nextTick(endTick, this);
    } else if (this.bufferedAmount - this.#waiting > maxHeldBytes) {
      this.flush();
      this.#socket.uncork();
    } else {
      return;
    }
    this.#waiting = this.#socket.writableLength;
    this.#socket.cork();
  }

  #addFrame(message: string | Uint8Array): void {
    const maxBytes = maxFrameBytes(message);
    const hasRoom = slab.bytes.length - slabEnd >= maxBytes;
    if (writer !== this || !hasRoom) {
      writer?.flush();
      if (!hasRoom) {
        slab = frameMemory(slabBytes);
        slabEnd = 0;
      }
      writer = this;
      batchStart = slabEnd;
    }
    slabEnd = writeFrame(slab, slabEnd, message);
  }

  readonly #written: Written = (error) => {
    // Called after the tick of the write: the end of a tick in which nothing was held back.
    if (this.#tick === "begun") this.endTick();
    if (error || !this.#unsent || this.bufferedAmount > 0) return;
    this.#unsent = false;
    this.#owner.drained();
  };
}

function endTick(outbox: Outbox): void {
  outbox.endTick();
}

const corked = new Set<Outbox>();

// A process.exit() right after a send does not reach the end of its tick.
process.on("exit", () => {
  for (const outbox of corked) outbox.release();
});

import type { Socket } from "node:net";
import type { WebSocket } from "ws";
import { FrameBatch } from "./frame-batch.ts";

/** How much may be held back before it leaves, in the middle of a tick too. */
const maxHeldBytes = 64 * 1024;

/** Messages up to this length are framed here; a longer one costs its bytes, not its calls. */
const maxBatchedLength = 4 * 1024;

interface OutboxOwner {
  /** Everything that was sent has left. */
  drained(): void;
}

/**
 * Turns the messages of one tick into one write: most of the cost of a small message is its system call. The socket is
 * corked at the first message and uncorked when the tick ends, after the promises that settle in it, so what a read has
 * triggered is in one write as well.
 *
 * A channel that sent only one message in the previous tick most likely has a caller who awaits the answer: its first
 * message leaves at once, and only a second one in the same tick is held back.
 */
export class Outbox {
  readonly #ws: WebSocket;
  readonly #socket: Socket;
  readonly #batch: FrameBatch;
  readonly #owner: OutboxOwner;
  #tick: "over" | "begun" | "corked" = "over";
  #inBatches = false;
  #messages = 0;
  /** What is held back. */
  #bytes = 0;
  #unsent = false;

  constructor(ws: WebSocket, socket: Socket, owner: OutboxOwner) {
    this.#ws = ws;
    this.#socket = socket;
    this.#owner = owner;
    this.#batch = new FrameBatch(socket, this.#written);
  }

  get bufferedAmount(): number {
    return this.#ws.bufferedAmount + this.#batch.byteLength;
  }

  send(message: string | Uint8Array): void {
    this.#hold();
    if (message.length > maxBatchedLength) {
      this.#batch.flush();
      const waiting = this.#socket.writableLength;
      this.#ws.send(message, { binary: typeof message !== "string" }, this.#written);
      this.#bytes += this.#socket.writableLength - waiting;
    } else {
      this.#bytes += this.#batch.add(message);
      if (this.#tick !== "corked") this.#batch.flush();
    }
    this.#unsent ||= this.bufferedAmount > 0;
  }

  /** Keeps the order: what was sent so far leaves before whatever the socket is given next. */
  flush(): void {
    this.#batch.flush();
  }

  /** Writes what is held back now. */
  release(): void {
    this.#batch.flush();
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
    if (this.#tick === "over") {
      this.#tick = "begun";
      if (!this.#inBatches) return;
    }
    if (this.#tick === "corked") {
      if (this.#bytes <= maxHeldBytes) return;
      this.#batch.flush();
      this.#socket.uncork();
    } else {
      this.#tick = "corked";
      corked.add(this);
      process.nextTick(endTick, this);
    }
    this.#bytes = 0;
    this.#socket.cork();
  }

  readonly #written = (error?: Error | null): void => {
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

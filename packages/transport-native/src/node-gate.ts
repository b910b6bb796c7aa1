import { encodeClose, isClose } from "./close-frame.ts";
import { LatestPong } from "./latest-pong.ts";
import type { Listener, NodeSocket, Written } from "./node-socket.ts";
import { ReadingTurns } from "./reading-turns.ts";

const FINAL_PONG = 0x8a;

/**
 * Stands between Node's WebSocket and its socket. The WebSocket reads, writes, pauses and resumes through `view`, so
 * that
 * - our Close frame can leave while the WebSocket still thinks it is open: it drops what arrives after its `close()`;
 * - the connection ends once both Close frames are exchanged, whatever the peer does then;
 * - a flood of small frames leaves the event loop its turns.
 */
export class NodeGate {
  readonly view: NodeSocket;
  /** Our Close frame has left. Nothing may follow it (RFC 6455 5.5.1). */
  isClosing = false;
  #isSending = false;
  #isFinished = false;
  #isHeld = false;
  readonly #socket: NodeSocket;
  readonly #turns = new ReadingTurns(() => this.#flow());
  readonly #pongs = new LatestPong((frame, written) => {
    if (!this.isClosing && this.#socket.writable) this.#socket.write(frame, written);
  });

  constructor(socket: NodeSocket) {
    this.#socket = socket;
    const instead: Readonly<Record<string | symbol, unknown>> = {
      // The WebSocket stops reading where its pongs pile up. They do not: only the latest waits.
      writableNeedDrain: false,
      on: (event: string, listener: Listener) => this.#on(event, listener),
      write: (chunk: Uint8Array, written?: Written) => this.#write(chunk, written),
      pause: () => this.#hold(true),
      resume: () => this.#hold(false),
    };
    this.view = new Proxy(socket, {
      get(target, key) {
        if (Object.hasOwn(instead, key)) return instead[key];
        const value: unknown = Reflect.get(target, key, target);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
  }

  /** Runs the WebSocket's `send`. What it writes meanwhile is message data and is passed on unread. */
  sending(send: () => void): void {
    this.#isSending = true;
    try {
      send();
    } finally {
      this.#isSending = false;
    }
  }

  sendClose(code: number | undefined, reason: string): void {
    const frame = encodeClose(code, reason);
    this.isClosing = true;
    this.#socket.write(frame);
  }

  #on(event: string, listener: Listener): NodeSocket {
    const heard: Listener = (...values) => this.#turns.take(() => listener.apply(this.view, values));
    this.#socket.on(event, event === "data" ? heard : listener);
    return this.view;
  }

  #hold(holds: boolean): NodeSocket {
    this.#isHeld = holds;
    this.#flow();
    return this.view;
  }

  #flow(): void {
    const isHeld = this.#isHeld || this.#turns.isResting;
    if (isHeld && !this.#isFinished) this.#socket.pause();
    else this.#socket.resume();
  }

  #write(chunk: Uint8Array, written?: Written): boolean {
    if (this.#isSending) return this.#socket.write(chunk, written);
    if (chunk[0] === FINAL_PONG) {
      this.#pongs.put(chunk);
      return true;
    }
    if (!this.isClosing) this.#socket.write(chunk, written);
    else if (written) queueMicrotask(written);
    if (isClose(chunk)) this.#finish();
    return true;
  }

  /**
   * Both Close frames are exchanged, so TCP may be ended by us too (RFC 6455 7.1.1): the peer may never do so. What
   * it sends until our Close frame has left is read and dropped.
   */
  #finish(): void {
    this.#isFinished = true;
    this.#socket.removeAllListeners("data");
    this.#flow();
    this.#socket.end(() => this.#socket.destroy());
  }
}

import type { Socket } from "node:net";
import { closeCodeOf, encodeClose } from "./close-frame.ts";
import { LatestPong } from "./latest-pong.ts";
import { ReadingTurns } from "./reading-turns.ts";

const FINAL_PONG = 0x8a;

type Written = (error?: Error | null) => void;
type Listener = (...values: unknown[]) => void;

/**
 * Stands between undici's WebSocket and its socket. undici reads, writes, pauses and resumes through `view`, so that
 * - our Close frame can leave while undici still thinks it is open: it drops what arrives after `webSocket.close()`;
 * - a pause of ours is not undone by undici's parser;
 * - it is known why undici ends a connection: the Close frame that it writes says so;
 * - a flood of small frames leaves the event loop its turns.
 */
export class SocketGate {
  readonly view: Socket;
  /** The code of the Close frame that undici wrote: its answer to the peer's, or its verdict on a broken peer. */
  closeCode: number | undefined;
  /** Our Close frame has left. Nothing may follow it (RFC 6455 5.5.1). */
  isClosing = false;
  #isSending = false;
  #isHeld = false;
  #undiciHolds = false;
  readonly #socket: Socket;
  readonly #flushed: () => void;
  readonly #turns = new ReadingTurns(() => this.#flow());
  readonly #pongs = new LatestPong((frame, written) => {
    if (!this.isClosing && this.#socket.writable) this.#socket.write(frame, written);
  });

  /** `flushed` is called when the socket has taken a message from this process. */
  constructor(socket: Socket, flushed: () => void) {
    this.#socket = socket;
    this.#flushed = flushed;
    const instead: Readonly<Record<string | symbol, unknown>> = {
      // undici stops reading where its pongs pile up. They do not: only the latest waits.
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

  /** Runs undici's `send`. What it writes meanwhile is message data and is passed on unread. */
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

  pause(): void {
    this.#isHeld = true;
    this.#flow();
  }

  resume(): void {
    this.#isHeld = false;
    this.#flow();
  }

  #on(event: string, listener: Listener): Socket {
    const heard: Listener = (...values) => this.#turns.take(() => listener.apply(this.view, values));
    this.#socket.on(event, event === "data" ? heard : listener);
    return this.view;
  }

  #hold(holds: boolean): Socket {
    this.#undiciHolds = holds;
    this.#flow();
    return this.view;
  }

  #flow(): void {
    const isHeld = this.#isHeld || this.#undiciHolds || this.#turns.isResting;
    if (isHeld && this.closeCode === undefined) this.#socket.pause();
    else this.#socket.resume();
  }

  #write(chunk: Uint8Array, written?: Written): boolean {
    if (this.#isSending)
      return this.#socket.write(chunk, written && ((error) => this.#wrote(written, error)));
    if (chunk[0] === FINAL_PONG) {
      this.#pongs.put(chunk);
      return true;
    }
    const closeCode = closeCodeOf(chunk);
    const taken = this.isClosing || this.#socket.write(chunk);
    if (closeCode !== undefined) this.#finish(closeCode);
    return taken;
  }

  #wrote(written: Written, error: Error | null | undefined): void {
    written(error);
    if (!error) this.#flushed();
  }

  /**
   * Both Close frames are exchanged, so TCP may be ended by us too (RFC 6455 7.1.1): the peer may never do so. What
   * it sends until our Close frame has left is read and dropped.
   */
  #finish(closeCode: number): void {
    this.closeCode ??= closeCode;
    this.#socket.removeAllListeners("data");
    this.#flow();
    this.#socket.end(() => this.#socket.destroy());
  }
}

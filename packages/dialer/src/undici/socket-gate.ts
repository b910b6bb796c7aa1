import { randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import { LatestPong, ReadingTurns } from "./flood-control.ts";

const finalPong = 0x8a;
const finalClose = 0x88;
const masked = 0x80;
const maxPayloadBytes = 125;

type Written = (error?: Error | null) => void;
type Listener = (...values: unknown[]) => void;

/**
 * Stands between undici's WebSocket, which is Node's own too, and its socket. The WebSocket reads, writes, pauses and
 * resumes through `view`, so that
 * - our Close frame can leave while the WebSocket still thinks it is open: it drops what arrives after its `close()`;
 * - the connection ends once both Close frames are exchanged, whatever the peer does then;
 * - a pause of ours is not undone by the WebSocket's parser;
 * - it is known why the WebSocket ends a connection: the Close frame that it writes says so;
 * - a flood of small frames leaves the event loop its turns.
 */
export class SocketGate {
  readonly view: Socket;
  #closeCode: number | undefined;
  #isClosing = false;
  #isSending = false;
  #isPaused = false;
  #isPausedByWebSocket = false;
  readonly #socket: Socket;
  readonly #flushed: (() => void) | undefined;
  readonly #turns = new ReadingTurns(() => this.#flow());
  readonly #pongs = new LatestPong((frame, written) => {
    if (!this.#isClosing && this.#socket.writable) this.#socket.write(frame, written);
  });

  /** `flushed` is called each time the socket has handed a message to the system. */
  constructor(socket: Socket, flushed?: () => void) {
    this.#socket = socket;
    this.#flushed = flushed;
    const overrides: Readonly<Record<string | symbol, unknown>> = {
      // The WebSocket stops reading when its pongs pile up. They do not: only the latest waits.
      writableNeedDrain: false,
      on: (event: string, listener: Listener) => this.#on(event, listener),
      write: (chunk: Uint8Array, written?: Written) => this.#write(chunk, written),
      pause: () => this.#pauseForWebSocket(true),
      resume: () => this.#pauseForWebSocket(false),
    };
    this.view = new Proxy(socket, {
      get(target, key) {
        if (Object.hasOwn(overrides, key)) return overrides[key];
        const value: unknown = Reflect.get(target, key, target);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
  }

  /** Our Close frame has left. Nothing may follow it (RFC 6455 5.5.1). */
  get isClosing(): boolean {
    return this.#isClosing;
  }

  /** The code of the Close frame that the WebSocket wrote: its answer to the peer's, or its verdict on a broken peer. */
  get closeCode(): number | undefined {
    return this.#closeCode;
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
    const frame = encodeCloseFrame(code, reason);
    this.#isClosing = true;
    this.#socket.write(frame);
  }

  pause(): void {
    this.#isPaused = true;
    this.#flow();
  }

  resume(): void {
    this.#isPaused = false;
    this.#flow();
  }

  #on(event: string, listener: Listener): Socket {
    const timed: Listener = (...values) => this.#turns.take(() => listener.apply(this.view, values));
    this.#socket.on(event, event === "data" ? timed : listener);
    return this.view;
  }

  #pauseForWebSocket(isPaused: boolean): Socket {
    this.#isPausedByWebSocket = isPaused;
    this.#flow();
    return this.view;
  }

  #flow(): void {
    const isPaused = this.#isPaused || this.#isPausedByWebSocket || this.#turns.isResting;
    if (isPaused && this.#closeCode === undefined) this.#socket.pause();
    else this.#socket.resume();
  }

  #write(chunk: Uint8Array, written?: Written): boolean {
    if (this.#isSending) return this.#socket.write(chunk, this.#reporting(written));
    if (chunk[0] === finalPong) {
      this.#pongs.put(chunk);
      return true;
    }
    if (!this.#isClosing) this.#socket.write(chunk, written);
    else if (written) queueMicrotask(written);
    const closeCode = closeCodeOf(chunk);
    if (closeCode !== undefined) this.#finish(closeCode);
    return true;
  }

  #reporting(written: Written | undefined): Written | undefined {
    const flushed = this.#flushed;
    if (!written || !flushed) return written;
    return (error) => {
      written(error);
      if (!error) flushed();
    };
  }

  /**
   * Both Close frames are exchanged, so this side may end TCP as well (RFC 6455 7.1.1): the peer may never do so. What it
   * sends until our Close frame has left is read and dropped.
   */
  #finish(closeCode: number): void {
    this.#closeCode ??= closeCode;
    this.#socket.removeAllListeners("data");
    this.#flow();
    this.#socket.end(() => this.#socket.destroy());
  }
}

/** A masked Close frame (RFC 6455 5.5.1), empty without a code. Throws RangeError if the reason is too long. */
export function encodeCloseFrame(code: number | undefined, reason: string): Uint8Array {
  const payload = code === undefined ? Buffer.alloc(0) : Buffer.from(`\0\0${reason}`);
  if (payload.byteLength > maxPayloadBytes) throw new RangeError("a close reason has at most 123 bytes");
  if (code !== undefined) payload.writeUInt16BE(code);
  const key = randomBytes(4);
  const body = payload.map((byte, index) => byte ^ (key[index % 4] ?? 0));
  return Buffer.concat([Buffer.of(finalClose, masked | payload.byteLength), key, body]);
}

/** The code of a masked Close frame that is one whole chunk, 1005 if it has none; undefined for other chunks. */
export function closeCodeOf(chunk: Uint8Array): number | undefined {
  const [opcode, length = 0, mask0 = 0, mask1 = 0, , , high = 0, low = 0] = chunk;
  if (opcode !== finalClose) return undefined;
  return (length & ~masked) < 2 ? 1005 : ((high ^ mask0) << 8) | (low ^ mask1);
}

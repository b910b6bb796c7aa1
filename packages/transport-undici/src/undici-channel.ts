import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { Socket } from "node:net";
import {
  type Channel,
  type ChannelClose,
  type ChannelEvents,
  payloadMessage,
  TransportError,
} from "@outsock/core";
import { alreadyClosed, type SocketGate } from "@outsock/dialer";
import type { WebSocket } from "undici";
import { failureError, lostError } from "./undici-error.ts";

const OPEN = 1;

/** What a channel is made of, once undici's WebSocket is open. */
export interface UndiciChannelParts {
  readonly webSocket: WebSocket;
  readonly socket: Socket;
  readonly gate: SocketGate;
  readonly ping: (webSocket: WebSocket) => void;
  readonly events: ChannelEvents;
}

export class UndiciChannel implements Channel {
  readonly protocol: string;
  readonly #parts: UndiciChannelParts;
  readonly #stopPongs: () => void;
  #lost: Error | undefined;
  #isTerminated = false;
  #isOver = false;

  constructor(parts: UndiciChannelParts) {
    const { webSocket, socket, events } = parts;
    this.#parts = parts;
    this.protocol = webSocket.protocol;
    this.#stopPongs = listenForPongs(webSocket, () => events.pong());
    webSocket.addEventListener("message", ({ data }) => {
      const isText = typeof data === "string";
      events.message(
        isText ? payloadMessage(data, Buffer.byteLength(data)) : payloadMessage(new Uint8Array(data)),
      );
    });
    webSocket.addEventListener("close", ({ code, reason, wasClean }) => {
      this.#end(code === 1006 ? this.#broken() : { code, reason, clean: wasClean });
    });
    socket.on("error", (error) => {
      this.#lost ??= error;
    });
    // The socket's end is the channel's end, also where undici has no close event for it.
    socket.once("close", () => this.#end(this.#broken()));
  }

  get bufferedAmount(): number {
    return this.#parts.webSocket.bufferedAmount;
  }

  send(message: string | Uint8Array): void {
    const { webSocket, gate } = this.#parts;
    if (!this.#canWrite()) throw alreadyClosed();
    try {
      gate.sending(() => webSocket.send(message));
    } catch {
      // The cause would say what was to be sent.
      throw new TransportError("SEND_FAILED", "undici did not take the message");
    }
  }

  ping(): void {
    if (this.#canWrite()) this.#parts.ping(this.#parts.webSocket);
  }

  pause(): void {
    this.#parts.gate.pause();
  }

  resume(): void {
    this.#parts.gate.resume();
  }

  close(code?: number, reason = ""): void {
    if (this.#canWrite()) this.#parts.gate.sendClose(code, reason);
  }

  terminate(): void {
    this.#isTerminated = true;
    this.#parts.socket.destroy();
  }

  ref(): void {
    this.#parts.socket.ref();
  }

  unref(): void {
    this.#parts.socket.unref();
  }

  /** To be called when the socket has handed a message to the system. */
  flushed(): void {
    if (!this.#isOver && this.bufferedAmount === 0) this.#parts.events.drain();
  }

  #canWrite(): boolean {
    const { webSocket, gate, socket } = this.#parts;
    return webSocket.readyState === OPEN && !gate.isClosing && socket.writable;
  }

  #broken(): ChannelClose {
    const broken = { code: 1006, reason: "", clean: false };
    const { closeCode } = this.#parts.gate;
    if (this.#isTerminated) return broken;
    return { ...broken, error: closeCode === undefined ? lostError(this.#lost) : failureError(closeCode) };
  }

  #end(close: ChannelClose): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#stopPongs();
    this.#parts.events.close(close);
  }
}

const pongChannel = "undici:websocket:pong";
const pongListeners = new Map<unknown, () => void>();

function onPong(event: unknown): void {
  if (typeof event === "object" && event !== null && "websocket" in event) {
    pongListeners.get(event.websocket)?.();
  }
}

/**
 * Calls `pong` for the pongs of one WebSocket, until the returned function is called. undici reports the pongs of all its
 * sockets on one diagnostics channel, which is subscribed to only while there is a listener here.
 */
function listenForPongs(webSocket: object, pong: () => void): () => void {
  if (pongListeners.size === 0) subscribe(pongChannel, onPong);
  pongListeners.set(webSocket, pong);
  return () => {
    if (pongListeners.delete(webSocket) && pongListeners.size === 0) unsubscribe(pongChannel, onPong);
  };
}

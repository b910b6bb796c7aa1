import {
  type Channel,
  type ChannelClose,
  type ChannelEvents,
  payloadMessage,
  TransportError,
  type TransportErrorCode,
} from "@outsock/core";
import { type NativeWebSocket, OPEN } from "./web-socket.ts";

/** The socket under a WebSocket, in the runtime that lets us have it: Node. */
export interface SocketAccess {
  /** What the constructor is given besides what all are. */
  readonly init: object;
  /** Our Close frame has left, while the WebSocket still thinks it is open. */
  readonly isClosing: boolean;
  /** Runs the WebSocket's `send`. */
  sending(send: () => void): void;
  /** Sends a Close frame with any code. False if it cannot. */
  sendClose(code: number | undefined, reason: string): boolean;
  /** Calls `ended` when the socket is gone and the WebSocket has had its turn to report why. */
  whenEnded(ended: () => void): void;
  /** Ends the attempt and the socket now, or as soon as there is one. */
  destroy(): void;
  ref(): void;
  unref(): void;
}

const abnormal = { code: 1006, reason: "", clean: false };

/** An open WebSocket of the platform. */
export class NativeChannel implements Channel {
  readonly protocol: string;
  readonly #webSocket: NativeWebSocket;
  readonly #events: ChannelEvents;
  readonly #maxMessageBytes: number;
  readonly #access: SocketAccess | undefined;
  /** After "abandoned" only the close is still reported. */
  #state: "open" | "abandoned" | "over" = "open";

  constructor(
    webSocket: NativeWebSocket,
    events: ChannelEvents,
    maxMessageBytes: number,
    access: SocketAccess | undefined,
  ) {
    this.#webSocket = webSocket;
    this.#events = events;
    this.#maxMessageBytes = maxMessageBytes;
    this.#access = access;
    this.protocol = webSocket.protocol;
    webSocket.addEventListener("message", ({ data }) => this.#receive(data));
    webSocket.addEventListener("close", ({ code, reason, wasClean }) => {
      if (code === 1006) this.#lost();
      else this.#end({ code, reason, clean: wasClean });
    });
    access?.whenEnded(() => this.#lost());
  }

  get bufferedAmount(): number {
    return this.#webSocket.bufferedAmount;
  }

  send(message: string | Uint8Array): void {
    // The platform's own send fails silently once closing.
    if (!this.#canWrite()) {
      throw new TransportError("CONNECTION_CLOSED", "the connection is closing or closed");
    }
    // Browsers refuse shared memory, so it is copied.
    const sendable = typeof message === "string" || isUnshared(message) ? message : new Uint8Array(message);
    const send = (): void => this.#webSocket.send(sendable);
    try {
      if (this.#access) this.#access.sending(send);
      else send();
    } catch {
      // The cause would say what was to be sent.
      throw new TransportError("SEND_FAILED", "the platform did not take the message");
    }
  }

  // The platform has no ping, no pause and no resume, as the capabilities say.
  ping(): void {}
  pause(): void {}
  resume(): void {}

  close(code?: number, reason = ""): void {
    if (!this.#canWrite() || this.#access?.sendClose(code, reason)) return;
    if (code !== undefined && isPermitted(code)) this.#webSocket.close(code, reason);
    else this.#webSocket.close();
  }

  terminate(): void {
    if (this.#state !== "open") return;
    this.#abandon();
    queueMicrotask(() => this.#end(abnormal));
  }

  ref(): void {
    this.#access?.ref();
  }

  unref(): void {
    this.#access?.unref();
  }

  #canWrite(): boolean {
    return this.#state === "open" && this.#webSocket.readyState === OPEN && !this.#access?.isClosing;
  }

  #receive(data: unknown): void {
    if (this.#state !== "open") return;
    const payload = data instanceof ArrayBuffer ? new Uint8Array(data) : String(data);
    const byteLength = typeof payload === "string" ? utf8Length(payload) : payload.length;
    if (byteLength <= this.#maxMessageBytes) {
      this.#events.message(payloadMessage(payload, byteLength));
    } else {
      this.#abandon();
      this.#fail("MESSAGE_TOO_BIG", "a message is larger than the limit");
    }
  }

  /** Ends the socket where that is possible; elsewhere the runtime does once the peer answers. */
  #abandon(): void {
    this.#state = "abandoned";
    if (this.#access) this.#access.destroy();
    else this.#webSocket.close();
  }

  #lost(): void {
    this.#fail("CONNECTION_CLOSED", "the connection ended without a Close frame");
  }

  #fail(code: TransportErrorCode, message: string): void {
    this.#end({ ...abnormal, error: new TransportError(code, message) });
  }

  #end(close: ChannelClose): void {
    if (this.#state === "over") return;
    this.#state = "over";
    this.#events.close(close);
  }
}

/** The platform lets callers send no other codes (WHATWG WebSockets 3.1, `close`). */
function isPermitted(code: number): boolean {
  return code === 1000 || (code >= 3000 && code <= 4999);
}

function isUnshared(bytes: Uint8Array): bytes is Uint8Array<ArrayBuffer> {
  return bytes.buffer instanceof ArrayBuffer;
}

/** Bytes of a well-formed text in UTF-8, without encoding it. */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    // Each half of a surrogate pair stands for two of the four bytes.
    bytes += unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff) ? 1 : 2;
  }
  return bytes;
}

import {
  type Channel,
  type ChannelClose,
  type ChannelEvents,
  payloadMessage,
  TransportError,
  type TransportErrorCode,
} from "@outsock/core";
import { type NativeWebSocket, OPEN } from "./web-socket.ts";

const abnormal = { code: 1006, reason: "", clean: false };

/** An open WebSocket of the platform. What is protected is what Node does better. */
export class NativeChannel implements Channel {
  readonly protocol: string;
  readonly #webSocket: NativeWebSocket;
  readonly #events: ChannelEvents;
  readonly #maxMessageBytes: number;
  /** After "abandoned" only the close is still reported. */
  #state: "open" | "abandoned" | "over" = "open";

  constructor(webSocket: NativeWebSocket, events: ChannelEvents, maxMessageBytes: number) {
    this.#webSocket = webSocket;
    this.#events = events;
    this.#maxMessageBytes = maxMessageBytes;
    this.protocol = webSocket.protocol;
    webSocket.addEventListener("message", ({ data }) => this.#receive(data));
    webSocket.addEventListener("close", ({ code, reason, wasClean }) => {
      if (code === 1006) this.lost();
      else this.#end({ code, reason, clean: wasClean });
    });
  }

  get bufferedAmount(): number {
    return this.#webSocket.bufferedAmount;
  }

  send(message: string | Uint8Array): void {
    // The platform's own send fails silently once closing.
    if (!this.canWrite) {
      throw new TransportError("CONNECTION_CLOSED", "the connection is closing or closed");
    }
    // Browsers refuse shared memory, so it is copied.
    const sendable = typeof message === "string" || isUnshared(message) ? message : new Uint8Array(message);
    try {
      this.write(sendable);
    } catch {
      // The cause would say what was to be sent.
      throw new TransportError("SEND_FAILED", "the platform did not take the message");
    }
  }

  // The platform has no ping, no pause and no resume, as the capabilities say. Nor a hold on the process, except in Node.
  ping(): void {}
  pause(): void {}
  resume(): void {}
  ref(): void {}
  unref(): void {}

  close(code?: number, reason = ""): void {
    if (!this.canWrite) return;
    if (code !== undefined && isPermitted(code)) this.#webSocket.close(code, reason);
    else this.#webSocket.close();
  }

  terminate(): void {
    if (this.#state !== "open") return;
    this.#abandon();
    queueMicrotask(() => this.#end(abnormal));
  }

  protected get canWrite(): boolean {
    return this.#state === "open" && this.#webSocket.readyState === OPEN;
  }

  protected write(message: string | Uint8Array<ArrayBuffer>): void {
    this.#webSocket.send(message);
  }

  /** Ends the socket where that is possible; elsewhere the runtime does once the peer answers. */
  protected destroy(): void {
    this.#webSocket.close();
  }

  protected lost(): void {
    this.#fail("CONNECTION_CLOSED", "the connection ended without a Close frame");
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

  #abandon(): void {
    this.#state = "abandoned";
    this.destroy();
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

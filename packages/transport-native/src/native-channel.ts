import {
  type Channel,
  type ChannelClose,
  type ChannelEvents,
  payloadMessage,
  TransportError,
} from "@outsock/core";
import { closedError, connectionLostError, tooBigError } from "./native-error.ts";
import { type NativeCloseEvent, type NativeWebSocket, OPEN } from "./web-socket.ts";

/** The socket under a WebSocket, in the runtime that lets us have it: Node. */
export interface SocketAccess {
  /** For the constructor's `dispatcher` option. */
  readonly dispatcher: object;
  /** What is written to the socket passes here, once the peer has switched protocols. */
  readonly gate: WriteGate | undefined;
  /** Calls `ended` when the socket is gone. */
  whenEnded(ended: () => void): void;
  /** Ends the attempt and the socket now, or as soon as there is one. */
  destroy(): void;
  ref(): void;
  unref(): void;
}

/** Sends a Close frame while the WebSocket still thinks it is open. */
interface WriteGate {
  readonly isClosing: boolean;
  /** Runs the WebSocket's `send`. */
  sending(send: () => void): void;
  sendClose(code: number | undefined, reason: string): void;
}

/** What a channel is made of, once the WebSocket is open. */
export interface NativeChannelParts {
  readonly webSocket: NativeWebSocket;
  readonly events: ChannelEvents;
  readonly maxMessageBytes: number;
  readonly access: SocketAccess | undefined;
}

const abnormal = { code: 1006, reason: "", clean: false };

export class NativeChannel implements Channel {
  readonly protocol: string;
  readonly #parts: NativeChannelParts;
  /** After "abandoned" only the close is still reported. */
  #state: "open" | "abandoned" | "over" = "open";

  constructor(parts: NativeChannelParts) {
    const { webSocket, access } = parts;
    this.#parts = parts;
    this.protocol = webSocket.protocol;
    webSocket.addEventListener("message", ({ data }) => this.#receive(data));
    webSocket.addEventListener("close", (event) => this.#closed(event));
    // In Node the WebSocket learns of its socket's end in the same turn as we do, and knows more about it.
    access?.whenEnded(() => queueMicrotask(() => this.#end({ ...abnormal, error: connectionLostError() })));
  }

  get bufferedAmount(): number {
    return this.#parts.webSocket.bufferedAmount;
  }

  send(message: string | Uint8Array): void {
    const { webSocket, access } = this.#parts;
    // The platform's own send fails silently once closing.
    if (!this.#canWrite()) throw closedError();
    const send = (): void => webSocket.send(typeof message === "string" ? message : unshared(message));
    try {
      if (access?.gate) access.gate.sending(send);
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
    const { webSocket, access } = this.#parts;
    if (!this.#canWrite()) return;
    if (access?.gate) access.gate.sendClose(code, reason);
    else if (code !== undefined && isPermitted(code)) webSocket.close(code, reason);
    else webSocket.close();
  }

  terminate(): void {
    if (this.#state !== "open") return;
    this.#abandon();
    queueMicrotask(() => this.#end(abnormal));
  }

  ref(): void {
    this.#parts.access?.ref();
  }

  unref(): void {
    this.#parts.access?.unref();
  }

  #canWrite(): boolean {
    const { webSocket, access } = this.#parts;
    return this.#state === "open" && webSocket.readyState === OPEN && !access?.gate?.isClosing;
  }

  #receive(data: unknown): void {
    if (this.#state !== "open") return;
    const { events, maxMessageBytes } = this.#parts;
    const payload = data instanceof ArrayBuffer ? new Uint8Array(data) : String(data);
    const byteLength = typeof payload === "string" ? utf8Length(payload) : payload.length;
    if (byteLength <= maxMessageBytes) {
      events.message(payloadMessage(payload, byteLength));
    } else {
      this.#abandon();
      this.#end({ ...abnormal, error: tooBigError() });
    }
  }

  #closed({ code, reason, wasClean }: NativeCloseEvent): void {
    this.#end(
      code === 1006 ? { ...abnormal, error: connectionLostError() } : { code, reason, clean: wasClean },
    );
  }

  /** Ends the socket where that is possible; elsewhere the runtime does once the peer answers. */
  #abandon(): void {
    const { access, webSocket } = this.#parts;
    this.#state = "abandoned";
    if (access) access.destroy();
    else webSocket.close();
  }

  #end(close: ChannelClose): void {
    if (this.#state === "over") return;
    this.#state = "over";
    this.#parts.events.close(close);
  }
}

/** The platform lets callers send no other codes (WHATWG WebSockets 3.1, `close`). */
function isPermitted(code: number): boolean {
  return code === 1000 || (code >= 3000 && code <= 4999);
}

/** Browsers refuse shared memory, so it is copied. */
function unshared(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return isUnshared(bytes) ? bytes : new Uint8Array(bytes);
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

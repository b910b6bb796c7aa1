import { type Channel, type ChannelClose, type ChannelEvents, TransportError } from "@outsock/core";
import { binaryMessage, textMessage } from "./incoming-message.ts";
import { closedError, lostError, tooBigError } from "./native-error.ts";
import type { NodeTap } from "./node-tap.ts";
import { type NativeCloseEvent, type NativeWebSocket, OPEN } from "./web-socket.ts";

/** What a channel is made of, once the WebSocket is open. */
export interface ChannelParts {
  readonly webSocket: NativeWebSocket;
  readonly events: ChannelEvents;
  readonly maxMessageBytes: number;
  /** Where the runtime lets us have the socket. */
  readonly tap: NodeTap | undefined;
}

const abnormal = { code: 1006, reason: "", clean: false };

export class NativeChannel implements Channel {
  readonly protocol: string;
  readonly #parts: ChannelParts;
  /** From here on only `close` may still be told. */
  #isGivenUp = false;
  #isOver = false;

  constructor(parts: ChannelParts) {
    const { webSocket, tap } = parts;
    this.#parts = parts;
    this.protocol = webSocket.protocol;
    webSocket.addEventListener("message", ({ data }) => this.#receive(data));
    webSocket.addEventListener("close", (event) => this.#closed(event));
    // In Node the WebSocket hears of its socket's end in the same turn as we do, and knows more.
    tap?.whenEnded(() => queueMicrotask(() => this.#end({ ...abnormal, error: lostError() })));
  }

  get bufferedAmount(): number {
    return this.#parts.webSocket.bufferedAmount;
  }

  send(message: string | Uint8Array): void {
    const { webSocket, tap } = this.#parts;
    // The platform's own send says nothing once closing.
    if (!this.#canWrite()) throw closedError();
    const send = (): void => webSocket.send(typeof message === "string" ? message : unshared(message));
    try {
      if (tap?.gate) tap.gate.sending(send);
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
    const { webSocket, tap } = this.#parts;
    if (!this.#canWrite()) return;
    if (tap?.gate) tap.gate.sendClose(code, reason);
    else if (code !== undefined && isPermitted(code)) webSocket.close(code, reason);
    else webSocket.close();
  }

  terminate(): void {
    if (this.#isOver || this.#isGivenUp) return;
    this.#giveUp();
    queueMicrotask(() => this.#end(abnormal));
  }

  ref(): void {
    this.#parts.tap?.ref();
  }

  unref(): void {
    this.#parts.tap?.unref();
  }

  #canWrite(): boolean {
    const { webSocket, tap } = this.#parts;
    return !this.#isGivenUp && webSocket.readyState === OPEN && !tap?.gate?.isClosing;
  }

  #receive(data: unknown): void {
    if (this.#isGivenUp || this.#isOver) return;
    const { events, maxMessageBytes } = this.#parts;
    const message = data instanceof ArrayBuffer ? binaryMessage(data) : textMessage(String(data));
    if (message.byteLength <= maxMessageBytes) {
      events.message(message);
    } else {
      this.#giveUp();
      this.#end({ ...abnormal, error: tooBigError() });
    }
  }

  #closed({ code, reason, wasClean }: NativeCloseEvent): void {
    this.#end(code === 1006 ? { ...abnormal, error: lostError() } : { code, reason, clean: wasClean });
  }

  /** Ends the socket where that is possible; elsewhere the runtime does once the peer answers. */
  #giveUp(): void {
    const { tap, webSocket } = this.#parts;
    this.#isGivenUp = true;
    if (tap) tap.destroy();
    else webSocket.close();
  }

  #end(close: ChannelClose): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#parts.events.close(close);
  }
}

/** The platform lets callers send no other codes (WHATWG WebSockets 3.1, `close`). */
function isPermitted(code: number): boolean {
  return code === 1000 || (code >= 3000 && code <= 4999);
}

/** Shared memory is refused by browsers, so it is copied. */
function unshared(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return isUnshared(bytes) ? bytes : new Uint8Array(bytes);
}

function isUnshared(bytes: Uint8Array): bytes is Uint8Array<ArrayBuffer> {
  return bytes.buffer instanceof ArrayBuffer;
}

import type { ChannelEvents } from "@outsock/core";
import { NativeChannel } from "../native-channel.ts";
import type { NativeWebSocket } from "../web-socket.ts";

/** The socket under an open WebSocket. */
export interface NodeSocket {
  /** Our Close frame has left, while the WebSocket still thinks it is open. */
  readonly isClosing: boolean;
  /** Runs the WebSocket's `send`. */
  sending(send: () => void): void;
  /** Sends a Close frame with any code. False if it cannot. */
  sendClose(code: number | undefined, reason: string): boolean;
  /** Calls `ended` when the socket is gone and the WebSocket has had its turn to report why. */
  whenEnded(ended: () => void): void;
  destroy(): void;
  ref(): void;
  unref(): void;
}

/** An open WebSocket of Node, with its socket. */
export class NodeChannel extends NativeChannel {
  readonly #socket: NodeSocket;

  constructor(
    webSocket: NativeWebSocket,
    events: ChannelEvents,
    maxMessageBytes: number,
    socket: NodeSocket,
  ) {
    super(webSocket, events, maxMessageBytes);
    this.#socket = socket;
    socket.whenEnded(() => this.lost());
  }

  override close(code?: number, reason = ""): void {
    if (this.canWrite && !this.#socket.sendClose(code, reason)) super.close(code, reason);
  }

  override ref(): void {
    this.#socket.ref();
  }

  override unref(): void {
    this.#socket.unref();
  }

  protected override get canWrite(): boolean {
    return super.canWrite && !this.#socket.isClosing;
  }

  protected override write(message: string | Uint8Array<ArrayBuffer>): void {
    this.#socket.sending(() => super.write(message));
  }

  protected override destroy(): void {
    this.#socket.destroy();
  }
}

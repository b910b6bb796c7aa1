import {
  type Channel,
  type ChannelClose,
  type ChannelEvents,
  type OpenRequest,
  payloadMessage,
  TransportError,
} from "@outsock/core";
import { closeFrame, type Frame, messageFrame } from "./frame.ts";
import type { FramePipe } from "./frame-pipe.ts";

/** The dialling end of a connection. */
export class MemoryChannel implements Channel {
  readonly protocol: string;
  readonly #events: ChannelEvents;
  readonly #maxMessageBytes: number;
  readonly #toPeer: FramePipe;
  readonly #toClient: FramePipe;
  #state: "open" | "closing" | "closed" = "open";

  constructor(
    request: OpenRequest,
    protocol: string,
    events: ChannelEvents,
    toPeer: FramePipe,
    toClient: FramePipe,
  ) {
    this.protocol = protocol;
    this.#events = events;
    this.#maxMessageBytes = request.maxMessageBytes;
    this.#toPeer = toPeer;
    this.#toClient = toClient;
  }

  receive(frame: Frame): void {
    if (this.#state === "closed") return;
    switch (frame.type) {
      case "message":
        this.#receiveMessage(frame.message, frame.byteLength);
        break;
      case "ping":
        this.#toPeer.put({ type: "pong", payload: frame.payload });
        break;
      case "pong":
        this.#events.pong();
        break;
      case "close":
        if (this.#state === "open") this.#toPeer.put(frame);
        this.#toPeer.put({ type: "end" });
        this.#end({ code: frame.code, reason: frame.reason, clean: true });
        break;
      case "end":
        this.#fail(new TransportError("CONNECTION_CLOSED", "the peer left without a closing handshake"));
    }
  }

  /** All messages have been delivered to the peer. */
  emptied(): void {
    if (this.#state !== "closed") this.#events.drain();
  }

  get bufferedAmount(): number {
    return this.#toPeer.bytes;
  }

  send(message: string | Uint8Array): void {
    if (this.#state !== "open") {
      throw new TransportError("CONNECTION_CLOSED", "the connection is closing or closed");
    }
    this.#toPeer.put(messageFrame(message));
  }

  ping(): void {
    if (this.#state === "open") this.#toPeer.put({ type: "ping", payload: new Uint8Array() });
  }

  pause(): void {
    this.#toClient.hold();
  }

  resume(): void {
    this.#toClient.release();
  }

  close(code?: number, reason?: string): void {
    if (this.#state !== "open") return;
    this.#state = "closing";
    this.#toPeer.put(closeFrame(code, reason));
  }

  terminate(): void {
    if (this.#state === "closed") return;
    const error = new TransportError("CONNECTION_CLOSED", "the connection was terminated");
    this.#toPeer.cut();
    this.#toPeer.put({ type: "end" });
    this.#state = "closed";
    queueMicrotask(() => this.#events.close({ code: 1006, reason: "", clean: false, error }));
  }

  // A memory channel never keeps the process alive.
  ref(): void {}
  unref(): void {}

  #receiveMessage(message: string | Uint8Array, byteLength: number): void {
    if (byteLength > this.#maxMessageBytes) {
      this.#toPeer.put(closeFrame(1009));
      this.#fail(new TransportError("MESSAGE_TOO_BIG", "a message was larger than maxMessageBytes"));
    } else {
      this.#events.message(payloadMessage(message, byteLength));
    }
  }

  #fail(error: TransportError): void {
    this.#toPeer.put({ type: "end" });
    this.#end({ code: 1006, reason: "", clean: false, error });
  }

  #end(close: ChannelClose): void {
    this.#state = "closed";
    this.#toClient.cut();
    this.#events.close(close);
  }
}

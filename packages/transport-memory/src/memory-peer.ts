import type { OpenRequest } from "@outsock/core";
import { closeFrame, type Frame, messageFrame } from "./frame.ts";
import type { Lane } from "./lane.ts";
import type { MemoryScript } from "./memory-script.ts";

/** How the dialling side left: the code and reason of its Close frame, or 1006 where it sent none. */
export interface MemoryClose {
  readonly code: number;
  readonly reason: string;
}

/** The remote end of one connection, in the hands of a listener's script. */
export interface MemoryPeer {
  /** The URL that was dialled, query included. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The offered subprotocols. */
  readonly protocols: readonly string[];
  /** A string goes as text, bytes as binary. Does nothing once closed. */
  send(message: string | Uint8Array): void;
  ping(payload?: Uint8Array): void;
  /** Sends a Close frame, without a code an empty one. */
  close(code?: number, reason?: string): void;
  /** Ends the connection without a Close frame, after what was sent: the channel closes with 1006. */
  drop(): void;
  /** Stops reading: the channel's `bufferedAmount` grows. */
  hold(): void;
  /** Reads on. */
  release(): void;
  /** Bytes sent that a paused channel has not taken. */
  readonly unsentBytes: number;
  /** Resolves when the dialling side has left: closed, terminated or aborted. */
  readonly ended: Promise<void>;
  /** Hears every message. One listener; a second call replaces the first. So do the others. */
  onMessage(listener: (message: string | Uint8Array) => void): void;
  onPing(listener: (payload: Uint8Array) => void): void;
  onPong(listener: (payload: Uint8Array) => void): void;
  /** Hears once how the dialling side left. */
  onClose(listener: (close: MemoryClose) => void): void;
}

/** The peer's end: receives what the channel sends. */
export class PeerEnd implements MemoryPeer {
  readonly ended: Promise<void>;
  readonly #request: OpenRequest;
  readonly #script: MemoryScript;
  readonly #toClient: Lane;
  #toPeer: Lane | undefined;
  #left = (): void => {};
  #closeSent = false;
  #closeSeen = false;
  #message: (message: string | Uint8Array) => void = () => {};
  #ping: (payload: Uint8Array) => void = () => {};
  #pong: (payload: Uint8Array) => void = () => {};
  #close: (close: MemoryClose) => void = () => {};

  constructor(request: OpenRequest, script: MemoryScript, toClient: Lane) {
    this.#request = request;
    this.#script = script;
    this.#toClient = toClient;
    this.ended = new Promise((resolve) => {
      this.#left = resolve;
    });
  }

  /** The lane that this end holds back with `hold`. */
  readFrom(lane: Lane): void {
    this.#toPeer = lane;
  }

  receive(frame: Frame): void {
    switch (frame.type) {
      case "message":
        this.#message(frame.message);
        break;
      case "ping":
        if (this.#script.answersPing !== false) this.#put({ type: "pong", payload: frame.payload });
        this.#ping(frame.payload);
        break;
      case "pong":
        this.#pong(frame.payload);
        break;
      case "close":
        this.#answerClose(frame);
        this.#seeClose(frame);
        break;
      case "end":
        this.#closeSent = true;
        this.#seeClose({ code: 1006, reason: "" });
        this.#left();
    }
  }

  get url(): string {
    return this.#request.url;
  }

  get headers(): Readonly<Record<string, string>> {
    return this.#request.headers;
  }

  get protocols(): readonly string[] {
    return this.#request.protocols;
  }

  get unsentBytes(): number {
    return this.#toClient.bytes;
  }

  send(message: string | Uint8Array): void {
    this.#put(messageFrame(message));
  }

  ping(payload: Uint8Array = new Uint8Array()): void {
    this.#put({ type: "ping", payload: new Uint8Array(payload) });
  }

  close(code?: number, reason?: string): void {
    this.#put(closeFrame(code, reason));
    this.#closeSent = true;
  }

  drop(): void {
    this.#closeSent = true;
    this.#toClient.put({ type: "end" });
  }

  hold(): void {
    this.#toPeer?.hold();
  }

  release(): void {
    this.#toPeer?.release();
  }

  onMessage(listener: (message: string | Uint8Array) => void): void {
    this.#message = listener;
  }

  onPing(listener: (payload: Uint8Array) => void): void {
    this.#ping = listener;
  }

  onPong(listener: (payload: Uint8Array) => void): void {
    this.#pong = listener;
  }

  onClose(listener: (close: MemoryClose) => void): void {
    this.#close = listener;
  }

  #put(frame: Frame): void {
    if (!this.#closeSent) this.#toClient.put(frame);
  }

  #answerClose(frame: Frame): void {
    if (this.#script.answersClose === false) return;
    this.#put(frame);
    this.#closeSent = true;
  }

  #seeClose({ code, reason }: MemoryClose): void {
    if (this.#closeSeen) return;
    this.#closeSeen = true;
    this.#close({ code, reason });
  }
}

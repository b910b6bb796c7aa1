import type { OpenRequest } from "@outsock/core";
import { closeFrame, type Frame, messageFrame } from "./frame.ts";
import type { FramePipe } from "./frame-pipe.ts";
import type { MemoryClose, MemoryPeer, MemoryScript } from "./memory-script.ts";

/** The peer's end of a connection: receives what the channel sends. */
export class PeerEnd implements MemoryPeer {
  readonly ended: Promise<void>;
  readonly #request: OpenRequest;
  readonly #script: MemoryScript;
  readonly #toClient: FramePipe;
  #toPeer: FramePipe | undefined;
  #resolveEnded = (): void => {};
  #closeSent = false;
  #closeReported = false;
  #message: (message: string | Uint8Array) => void = () => {};
  #ping: (payload: Uint8Array) => void = () => {};
  #pong: (payload: Uint8Array) => void = () => {};
  #close: (close: MemoryClose) => void = () => {};

  constructor(request: OpenRequest, script: MemoryScript, toClient: FramePipe) {
    this.#request = request;
    this.#script = script;
    this.#toClient = toClient;
    this.ended = new Promise((resolve) => {
      this.#resolveEnded = resolve;
    });
  }

  /** The pipe that {@link hold} holds back. */
  readFrom(pipe: FramePipe): void {
    this.#toPeer = pipe;
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
        this.#reportClose(frame);
        break;
      case "end":
        this.#closeSent = true;
        this.#reportClose({ code: 1006, reason: "" });
        this.#resolveEnded();
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

  #reportClose({ code, reason }: MemoryClose): void {
    if (this.#closeReported) return;
    this.#closeReported = true;
    this.#close({ code, reason });
  }
}

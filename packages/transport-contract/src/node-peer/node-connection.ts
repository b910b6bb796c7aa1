import type { Socket } from "node:net";
import { encodeCloseFrame, encodeFrame, encodeMessage, opcodes } from "../frame-writer.ts";
import { Mailbox } from "../mailbox.ts";
import type { PeerConnection, PeerFrame, PeerRequest, PeerScript, PeerWire } from "../peer.ts";
import { FrameReader } from "./frame-reader.ts";

/** The peer's side of one TCP or TLS connection, from its handshake request on. */
export class NodeConnection implements PeerConnection {
  readonly request: PeerRequest;
  readonly ended: Promise<void>;
  readonly wire: PeerWire;
  readonly #socket: Socket;
  readonly #script: PeerScript;
  readonly #frames = new Mailbox<PeerFrame>();
  readonly #reader = new FrameReader();
  #closeSent = false;
  #closeReceived = false;

  constructor(socket: Socket, request: PeerRequest, script: PeerScript) {
    this.#socket = socket;
    this.request = request;
    this.#script = script;
    this.ended = new Promise((resolve) => {
      socket.once("end", resolve);
      socket.once("close", () => resolve());
    });
    this.wire = {
      raw: (bytes) => this.#write(bytes),
      end: () => socket.end(),
      reset: () => socket.resetAndDestroy(),
    };
    socket.once("end", () => this.#afterEnd());
    socket.once("close", () => this.#frames.end(new Error("the connection ended without another frame")));
  }

  /** Bytes that arrived after the request. */
  receive(chunk: Buffer): void {
    for (const frame of this.#reader.push(chunk)) {
      this.#frames.put(frame);
      this.#answer(frame);
    }
  }

  nextFrame(): Promise<PeerFrame> {
    return this.#frames.take();
  }

  send(message: string | Uint8Array): void {
    this.#write(encodeMessage(message));
  }

  ping(payload: Uint8Array): void {
    this.#write(encodeFrame(opcodes.ping, payload));
  }

  close(code?: number, reason?: string): void {
    this.#closeSent = true;
    this.#write(encodeCloseFrame(code, reason));
    this.#endAfterBoth();
  }

  drop(): void {
    this.#socket.destroy();
  }

  get unsentBytes(): number {
    return this.#socket.writableLength;
  }

  stopReading(): void {
    this.#socket.pause();
  }

  resumeReading(): void {
    this.#socket.resume();
  }

  #write(bytes: Uint8Array): void {
    if (this.#socket.writable) this.#socket.write(bytes);
  }

  #answer(frame: PeerFrame): void {
    if (frame.type === "ping" && this.#script.answersPing !== false) {
      this.#write(encodeFrame(opcodes.pong, frame.bytes));
    }
    if (frame.type === "close") this.#receiveClose(frame.code);
  }

  #receiveClose(code: number): void {
    this.#closeReceived = true;
    if (this.#closeSent) this.#endAfterBoth();
    else if (this.#script.answersClose !== false) this.close(code === 1005 ? undefined : code);
  }

  /** The server is the one to end TCP once both Close frames are exchanged (RFC 6455 7.1.1). */
  #endAfterBoth(): void {
    if (this.#closeSent && this.#closeReceived && this.#script.lingers !== true) this.#socket.end();
  }

  #afterEnd(): void {
    this.#frames.end(new Error("the connection ended without another frame"));
    if (this.#script.lingers !== true) this.#socket.end();
  }
}

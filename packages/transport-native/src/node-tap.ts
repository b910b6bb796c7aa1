import { type Dispatcher, globalDispatcher, plainAgentLike } from "./dispatcher.ts";
import { type Dial, nodeDial } from "./node-dial.ts";
import { NodeGate } from "./node-gate.ts";
import { isSocket, type NodeSocket } from "./node-socket.ts";
import { watchedHandler } from "./watched-handler.ts";

/** Node offers permessage-deflate by itself; the port wants no extension offered. */
function withoutExtensions(options: object): object {
  const headers: unknown = "headers" in options ? options.headers : undefined;
  if (typeof headers !== "object" || headers === null || Symbol.iterator in headers) return options;
  const kept = Object.entries(headers).filter(([name]) => name.toLowerCase() !== "sec-websocket-extensions");
  return { ...options, headers: Object.fromEntries(kept) };
}

/**
 * Gets hold of the socket behind Node's WebSocket: the constructor takes a `dispatcher`. Where the process-wide one is
 * Node's own, an agent of the same class takes its place that gets the socket from us, so that it can be destroyed
 * while it is still connecting. One that the user has set is used itself, and gives the socket away only when the peer
 * switches protocols.
 */
export class NodeTap {
  /** For the constructor's `dispatcher` option. */
  readonly dispatcher: Dispatcher;
  /** Stands before the socket, once the peer has switched protocols. */
  gate: NodeGate | undefined;
  #socket: NodeSocket | undefined;
  #isDestroyed = false;
  #abort: () => void = () => {};
  #ended: () => void = () => {};

  constructor() {
    this.dispatcher = {
      dispatch: (options, handler) => {
        if (this.#isDestroyed) throw new Error("the attempt is over");
        // The manager owns the deadlines, so undici's own one for the answer is off.
        const ours = { ...withoutExtensions(options), headersTimeout: 0 };
        return this.#dispatcherFor(handler).dispatch(ours, this.#watched(handler));
      },
    };
  }

  /** Calls `ended` when the socket is gone. */
  whenEnded(ended: () => void): void {
    this.#ended = ended;
  }

  /** Ends the attempt and the socket now, or as soon as there is one. */
  destroy(): void {
    if (this.#isDestroyed) return;
    this.#isDestroyed = true;
    if (this.#socket) this.#socket.destroy();
    else this.#abort();
  }

  ref(): void {
    this.#socket?.ref();
  }

  unref(): void {
    this.#socket?.unref();
  }

  #dispatcherFor(handler: object): Dispatcher {
    const found = globalDispatcher(handler);
    const dial = nodeDial();
    return (dial && plainAgentLike(found, this.#connectWith(dial))) ?? found;
  }

  /** One attempt dials once: undici would dial again for what it has queued. */
  #connectWith(dial: Dial): Dial {
    return (address, done) => {
      if (this.#socket || this.#isDestroyed) throw new Error("the attempt is over");
      this.#socket = dial(address, done);
      return this.#socket;
    };
  }

  #watched(handler: object): object {
    return watchedHandler(handler, {
      started: (abort) => {
        this.#abort = abort;
        if (this.#isDestroyed) abort();
      },
      // Fetch would answer some statuses by dialling again, and would wait for the body of the others.
      refused: () => this.destroy(),
      upgraded: (socket) => this.#upgraded(socket),
    });
  }

  /** What the WebSocket shall take for its socket. */
  #upgraded(socket: unknown): unknown {
    if (!isSocket(socket)) return socket;
    this.#socket = socket;
    this.gate = new NodeGate(socket);
    socket.once("close", () => this.#ended());
    if (this.#isDestroyed) socket.destroy();
    return this.gate.view;
  }
}

import { NodeGate } from "./node-gate.ts";
import { isSocket } from "./node-socket.ts";

/** The part of undici's dispatchers that is used. Handlers are passed on without being understood. */
interface Dispatcher {
  dispatch(options: object, handler: object): boolean;
}

function isDispatcher(value: unknown): value is Dispatcher {
  return typeof value === "object" && value !== null && "dispatch" in value;
}

/**
 * The dispatcher that Node's WebSocket would use by itself: the process-wide one. Its number tells the interface of
 * the handlers it takes; a handler with `onRequestStart` is of the second.
 */
function globalDispatcher(handler: object): Dispatcher {
  const numbers = "onRequestStart" in handler ? [2, 1] : [1, 2];
  for (const number of numbers) {
    const found: unknown = Reflect.get(globalThis, Symbol.for(`undici.globalDispatcher.${number}`));
    if (isDispatcher(found)) return found;
  }
  throw new Error("this process has no global dispatcher");
}

/** Node offers permessage-deflate by itself; the port wants no extension offered. */
function withoutExtensions(options: object): object {
  const headers: unknown = "headers" in options ? options.headers : undefined;
  if (typeof headers !== "object" || headers === null || Symbol.iterator in headers) return options;
  const kept = Object.entries(headers).filter(([name]) => name.toLowerCase() !== "sec-websocket-extensions");
  return { ...options, headers: Object.fromEntries(kept) };
}

/**
 * Gets hold of the socket behind Node's WebSocket: the constructor takes a `dispatcher`, and one that hands everything
 * to the process-wide dispatcher sees the socket when the peer switches protocols.
 */
export class NodeTap {
  /** For the constructor's `dispatcher` option. */
  readonly dispatcher: Dispatcher;
  /** Stands before the socket, once there is one. */
  gate: NodeGate | undefined;
  #isDestroyed = false;
  #ended: () => void = () => {};

  constructor() {
    this.dispatcher = {
      // The manager owns the deadlines, so undici's own one for the answer is off.
      dispatch: (options, handler) =>
        globalDispatcher(handler).dispatch(
          { ...withoutExtensions(options), headersTimeout: 0 },
          this.#watched(handler),
        ),
    };
  }

  /** Calls `ended` when the socket is gone. */
  whenEnded(ended: () => void): void {
    this.#ended = ended;
  }

  /** Ends the socket now, or as soon as there is one. */
  destroy(): void {
    this.#isDestroyed = true;
    this.gate?.view.destroy();
  }

  #watched(handler: object): object {
    const upgraded = (socket: unknown): unknown => this.#upgraded(socket);
    return new Proxy(handler, {
      get(target, key) {
        const value: unknown = Reflect.get(target, key, target);
        if ((key !== "onUpgrade" && key !== "onRequestUpgrade") || typeof value !== "function") return value;
        return (...values: unknown[]): unknown =>
          Reflect.apply(value, target, values.with(-1, upgraded(values.at(-1))));
      },
    });
  }

  /** What the WebSocket shall take for its socket. */
  #upgraded(socket: unknown): unknown {
    if (!isSocket(socket)) return socket;
    this.gate = new NodeGate(socket);
    socket.once("close", () => this.#ended());
    if (this.#isDestroyed) socket.destroy();
    return this.gate.view;
  }
}

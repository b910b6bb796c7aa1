import type { Socket } from "node:net";
import type { Channel, ChannelEvents } from "@outsock/core";
import { createDialer, type Dial, SocketGate, watchHandshake, withoutExtensions } from "@outsock/dialer";
import type { SocketAccess } from "../open-channel.ts";
import type { NativeWebSocket } from "../web-socket.ts";
import { type Dispatcher, globalDispatcher, plainAgentLike } from "./dispatcher.ts";
import { NodeChannel, type NodeSocket } from "./node-channel.ts";

const keepAliveMs = 60_000;

/** Called by undici's connector when the socket is connected or has failed. */
type Connected = (error: unknown, socket: unknown) => void;

/**
 * Gets hold of the socket behind Node's WebSocket: the constructor takes a `dispatcher`. Where the process-wide one is
 * Node's own, an agent of the same class takes its place and gets the socket from us, so that it can be destroyed while
 * it is still connecting. One that the user has set is used itself, and its socket is known only once the peer switches
 * protocols.
 */
export class NodeSocketAccess implements SocketAccess, NodeSocket {
  readonly init: { readonly dispatcher: Dispatcher };
  #gate: SocketGate | undefined;
  #socket: Socket | undefined;
  #isDestroyed = false;
  #abort: () => void = () => {};
  #ended: () => void = () => {};
  readonly #dial: Dial;

  constructor(url: string) {
    // A dialer of its own: nothing is shared between the channels, as Node's WebSocket shares nothing.
    this.#dial = createDialer().dial({ url });
    const dispatch: Dispatcher["dispatch"] = (options, handler) => {
      if (this.#isDestroyed) throw new Error("the attempt is over");
      // The manager owns the deadlines, so undici's own one for the answer is off.
      const ours = { ...withoutExtensions(options), headersTimeout: 0 };
      return this.#dispatcherFor(handler).dispatch(ours, this.#watched(handler));
    };
    this.init = { dispatcher: { dispatch } };
  }

  channel(webSocket: NativeWebSocket, events: ChannelEvents, maxMessageBytes: number): Channel {
    return new NodeChannel(webSocket, events, maxMessageBytes, this);
  }

  get isClosing(): boolean {
    return this.#gate?.isClosing ?? false;
  }

  sending(send: () => void): void {
    if (this.#gate) this.#gate.sending(send);
    else send();
  }

  sendClose(code: number | undefined, reason: string): boolean {
    this.#gate?.sendClose(code, reason);
    return this.#gate !== undefined;
  }

  whenEnded(ended: () => void): void {
    this.#ended = ended;
  }

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
    return plainAgentLike(found, this.#connect) ?? found;
  }

  /** One attempt dials once: undici would dial again for what it has queued. */
  readonly #connect = (address: unknown, connected: Connected): Socket => {
    if (this.#socket || this.#isDestroyed) throw new Error("the attempt is over");
    let isSettled = false;
    const settle: Connected = (error, socket) => {
      if (!isSettled) connected(error, socket);
      isSettled = true;
    };
    const servername = servernameOf(address);
    const socket = this.#dial.connect((ready) => settle(null, ready), {
      ALPNProtocols: ["http/1.1"],
      ...(servername && { servername }),
    });
    this.#socket = socket;
    socket.setNoDelay(true).setKeepAlive(true, keepAliveMs);
    socket.on("error", (error) => settle(error, undefined));
    return socket.once("close", () => settle(new Error("the attempt is over"), undefined));
  };

  #watched(handler: object): object {
    return watchHandshake(handler, {
      started: (abort) => {
        this.#abort = abort;
        if (this.#isDestroyed) abort();
      },
      // Fetch would answer some statuses by dialing again, and would wait for the body of the others.
      refused: () => this.destroy(),
      upgraded: (socket) => this.#upgraded(socket),
    });
  }

  /** Returns what the WebSocket is to use as its socket. */
  #upgraded(socket: unknown): unknown {
    if (!isSocket(socket)) return socket;
    this.#socket = socket;
    this.#gate = new SocketGate(socket);
    // The WebSocket learns of its socket's end in the same turn as we do, and knows more about it.
    socket.once("close", () => queueMicrotask(() => this.#ended()));
    if (this.#isDestroyed) socket.destroy();
    return this.#gate.view;
  }
}

/** The name that undici takes from a `Host` header of the request. */
function servernameOf(address: unknown): string | undefined {
  const isNamed = typeof address === "object" && address !== null && "servername" in address;
  return isNamed && typeof address.servername === "string" ? address.servername : undefined;
}

const methods = [
  "destroy",
  "end",
  "on",
  "once",
  "pause",
  "ref",
  "removeAllListeners",
  "resume",
  "unref",
  "write",
];

/** A dispatcher that the user has set may give anything. */
function isSocket(value: unknown): value is Socket {
  return (
    typeof value === "object" &&
    value !== null &&
    methods.every((method) => typeof Reflect.get(value, method) === "function")
  );
}

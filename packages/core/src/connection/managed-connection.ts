import type { Codec } from "../codec.ts";
import type { InboxLimits } from "../options/manager-options.ts";
import type { Channel, ChannelClose, ChannelEvents, IncomingMessage } from "../ports/channel.ts";
import type { ConnectionState } from "./connection.ts";
import { Inbox, type Waiter } from "./inbox.ts";

/** What a connection needs of its manager. */
export interface ConnectionHost {
  readonly canPause: boolean;
  readonly inbox: InboxLimits;
  opened(connection: ManagedConnection, correlationId: string): void;
  dropped(connection: ManagedConnection, message: IncomingMessage): void;
  received(connection: ManagedConnection, message: IncomingMessage, correlationId?: string): void;
  closed(connection: ManagedConnection, close: ChannelClose): void;
  release(connection: ManagedConnection): Promise<void>;
}

type State =
  | { readonly name: "connectRequest" }
  | { readonly name: "open" | "closing"; readonly channel: Channel }
  | { readonly name: "closed"; readonly close: ChannelClose };

const connectRequest: State = { name: "connectRequest" };

/** Channel, inbox and state. It hears the channel from the first moment, so nothing that comes early is lost. */
export class ManagedConnection implements ChannelEvents {
  readonly id: string;
  readonly url: string;
  readonly codec: Codec;
  readonly host: ConnectionHost;
  readonly inbox: Inbox = new Inbox();
  protocol = "";
  /** Kept where somebody is told of it. */
  openedAtMs = 0;
  onPong: (() => void) | undefined = undefined;
  #state: State = connectRequest;
  #paused = false;
  #overflowed = false;
  #abandoned = false;
  #whenClosed: (() => void)[] | undefined;

  constructor(id: string, url: string, codec: Codec, host: ConnectionHost) {
    this.id = id;
    this.url = url;
    this.codec = codec;
    this.host = host;
  }

  get state(): ConnectionState {
    return this.#state.name === "connectRequest" ? "open" : this.#state.name;
  }

  get bufferedBytes(): number {
    return "channel" in this.#state ? this.#state.channel.bufferedAmount : 0;
  }

  /** Set once nothing more will happen. */
  get end(): ChannelClose | undefined {
    return this.#state.name === "closed" ? this.#state.close : undefined;
  }

  /** The channel, as long as messages can be sent on it. */
  get sendable(): Channel | undefined {
    return this.#state.name === "open" ? this.#state.channel : undefined;
  }

  /** The inbox was full under the policy "close", or on a transport that cannot pause. */
  get overflowed(): boolean {
    return this.#overflowed;
  }

  /** The transport never reported the end. */
  get abandoned(): boolean {
    return this.#abandoned;
  }

  /** The open channel. It may have ended already: then its holder still gets what came. */
  attach(channel: Channel, correlationId: string): void {
    this.protocol = channel.protocol;
    const { close } = this.#state.name === "closed" ? this.#state : {};
    if (close === undefined) this.#state = { name: "open", channel };
    this.host.opened(this, correlationId);
    if (close !== undefined) this.host.closed(this, close);
    else this.#limitInbox();
  }

  message(message: IncomingMessage): void {
    if (this.#state.name === "closed" || this.#overflowed || this.inbox.push(message)) return;
    this.#limitInbox();
  }

  pong(): void {
    this.onPong?.();
  }

  drain(): void {}

  close(close: ChannelClose): void {
    if (this.#state.name === "closed") return;
    const opened = this.#state.name !== "connectRequest";
    this.#state = { name: "closed", close };
    if (opened) this.host.closed(this, close);
    this.inbox.end();
    const waiting = this.#whenClosed ?? [];
    this.#whenClosed = undefined;
    for (const tell of waiting) tell();
  }

  /** Calls back once closed; at once when it already is. */
  whenClosed(tell: () => void): void {
    if (this.#state.name === "closed") tell();
    else if (this.#whenClosed === undefined) this.#whenClosed = [tell];
    else this.#whenClosed.push(tell);
  }

  /** The next message, if one is there. */
  take(): IncomingMessage | undefined {
    const message = this.inbox.take();
    if (this.#paused) this.#readOn();
    return message;
  }

  wait(waiter: Waiter): void {
    this.inbox.wait(waiter);
  }

  /** Holds the peer back, where the transport can; until `resumeReading`, or until it is closed. */
  pauseReading(): void {
    if (this.host.canPause) this.#pause();
  }

  resumeReading(): void {
    if (this.#paused && this.#state.name === "open") this.#resume(this.#state.channel);
  }

  /** Starts the closing handshake. Reading goes on, as a paused socket never sees the peer's answer. */
  startClosing(code: number, reason: string): void {
    if (this.#state.name !== "open") return;
    const { channel } = this.#state;
    this.#state = { name: "closing", channel };
    if (this.#paused) this.#resume(channel);
    channel.close(code, reason);
  }

  terminate(): void {
    if ("channel" in this.#state) this.#state.channel.terminate();
  }

  /** Ends it on this side only, where the transport no longer answers. */
  abandon(): void {
    this.#abandoned = true;
    this.close({ code: 1006, reason: "", clean: false });
  }

  #limitInbox(): void {
    const { inbox } = this;
    const { maxMessages, maxBytes, overflow } = this.host.inbox;
    if (this.#state.name === "closing" || overflow === "drop-oldest") {
      this.#dropOldest(maxMessages, maxBytes);
    } else if (overflow === "pause" && this.host.canPause) {
      if (inbox.count >= maxMessages || inbox.bytes >= maxBytes) this.#pause();
    } else if (inbox.count > maxMessages || (inbox.bytes > maxBytes && inbox.count > 1)) {
      this.#overflow();
    }
  }

  #dropOldest(maxMessages: number, maxBytes: number): void {
    while (this.inbox.count > maxMessages || (this.inbox.bytes > maxBytes && this.inbox.count > 1)) {
      const message = this.inbox.take();
      if (message === undefined) return;
      this.host.dropped(this, message);
    }
  }

  /** Nothing more is taken in, also where there is no channel yet that could be ended. */
  #overflow(): void {
    this.#overflowed = true;
    this.terminate();
  }

  #pause(): void {
    if (this.#paused || this.#state.name !== "open") return;
    this.#paused = true;
    this.#state.channel.pause();
  }

  #readOn(): void {
    const { maxMessages, maxBytes } = this.host.inbox;
    if (this.#state.name !== "open" || this.inbox.count > maxMessages / 2 || this.inbox.bytes > maxBytes / 2)
      return;
    this.#resume(this.#state.channel);
  }

  #resume(channel: Channel): void {
    this.#paused = false;
    channel.resume();
  }
}

import type { Codec } from "./codec.ts";
import { Inbox, type Waiter } from "./inbox.ts";
import { MessageIterator } from "./message-iterator.ts";
import type { InboxLimits } from "./options/settings.ts";
import type { Channel, ChannelClose, ChannelEvents, IncomingMessage } from "./ports/transport.ts";

export type ConnectionState = "open" | "closing" | "closed";

/**
 * An open socket as its caller holds it. Iterating takes the messages that come, decoded, until a clean close
 * (1000, 1001 or none given, RFC 6455 section 7.4.1); any other end throws the OutsockError. Leaving the loop does not close
 * the connection, `await using` does. Iteration is not an operation: the rate limiter is not asked.
 */
export interface Connection extends AsyncIterable<unknown>, AsyncDisposable {
  readonly id: string;
  /** Redacted: no userinfo, no query. */
  readonly url: string;
  /** The subprotocol the peer chose; "" when none. */
  readonly protocol: string;
  readonly state: ConnectionState;
  /** Bytes sent that have not left this process. */
  readonly bufferedBytes: number;
  toJSON(): { id: string; url: string; protocol: string; state: ConnectionState };
}

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
  | { readonly name: "opening" }
  | { readonly name: "open" | "closing"; readonly channel: Channel }
  | { readonly name: "closed"; readonly close: ChannelClose };

const opening: State = { name: "opening" };

/** Channel, inbox and state. It hears the channel from the first moment, so nothing that comes early is lost. */
export class ManagedConnection implements Connection, ChannelEvents {
  readonly id: string;
  readonly url: string;
  readonly codec: Codec;
  readonly host: ConnectionHost;
  readonly inbox: Inbox = new Inbox();
  protocol = "";
  #state: State = opening;
  #paused = false;
  #overflowed = false;
  #whenClosed: (() => void)[] = [];

  constructor(id: string, url: string, codec: Codec, host: ConnectionHost) {
    this.id = id;
    this.url = url;
    this.codec = codec;
    this.host = host;
  }

  /** False for what only looks like one, such as a proxy. */
  static is(value: unknown): value is ManagedConnection {
    return typeof value === "object" && value !== null && #state in value;
  }

  get state(): ConnectionState {
    return this.#state.name === "opening" ? "open" : this.#state.name;
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

  /** The open channel. It may have ended already: then its holder still gets what came. */
  attach(channel: Channel, correlationId: string): void {
    this.protocol = channel.protocol;
    this.host.opened(this, correlationId);
    if (this.#state.name === "closed") {
      this.host.closed(this, this.#state.close);
    } else {
      this.#state = { name: "open", channel };
      this.#limitInbox();
    }
  }

  message(message: IncomingMessage): void {
    if (this.#state.name === "closed" || this.inbox.push(message)) return;
    this.#limitInbox();
  }

  pong(): void {}

  drain(): void {}

  close(close: ChannelClose): void {
    if (this.#state.name === "closed") return;
    const opened = this.#state.name !== "opening";
    this.#state = { name: "closed", close };
    if (opened) this.host.closed(this, close);
    this.inbox.end();
    for (const tell of this.#whenClosed.splice(0)) tell();
  }

  /** Calls back once closed; at once when it already is. */
  whenClosed(tell: () => void): void {
    if (this.#state.name === "closed") tell();
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
    this.close({ code: 1006, reason: "", clean: false });
  }

  [Symbol.asyncIterator](): AsyncIterator<unknown> {
    return new MessageIterator(this);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.host.release(this);
  }

  toJSON(): { id: string; url: string; protocol: string; state: ConnectionState } {
    const { id, url, protocol, state } = this;
    return { id, url, protocol, state };
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

  #overflow(): void {
    if (this.#overflowed) return;
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

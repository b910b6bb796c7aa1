import type { Codec } from "../codec.ts";
import type { InboxLimits } from "../options/manager-options.ts";
import type { Channel, ChannelClose, ChannelEvents, IncomingMessage } from "../ports/channel.ts";
import type { TransportCapabilities } from "../ports/transport-capabilities.ts";
import type { Recorder } from "../stats/recorder.ts";
import { type Deadlines, Expiry } from "../time/deadlines.ts";
import { Inbox, type Waiter } from "./inbox.ts";

export type ConnectionState = "open" | "closing" | "closed";

/** What a connection needs of its manager. */
export interface ConnectionHost {
  readonly recorder: Recorder;
  readonly deadlines: Deadlines;
  readonly capabilities: TransportCapabilities;
  readonly inbox: InboxLimits;
  opened(connection: ManagedConnection, correlationId: string): void;
  closed(connection: ManagedConnection, close: ChannelClose): void;
  release(connection: ManagedConnection): Promise<void>;
}

/** How often a channel is asked what it has buffered: not every transport reports a drain, and none has to for what left within a tick. */
const drainPollMs = 20;

type Condition =
  | { readonly name: "opening" }
  | { readonly name: "open" | "closing"; readonly channel: Channel }
  | { readonly name: "closed"; readonly close: ChannelClose };

const opening: Condition = { name: "opening" };

/** Channel, inbox and state. It hears the channel from the first moment, so nothing that comes early is lost. */
export class ManagedConnection implements ChannelEvents {
  readonly id: string;
  readonly url: string;
  readonly codec: Codec;
  readonly host: ConnectionHost;
  readonly inbox: Inbox = new Inbox();
  protocol = "";
  #openedAtMs = 0;
  #onPong: (() => void) | undefined = undefined;
  #state: Condition = opening;
  #paused = false;
  #overflowed = false;
  #abandoned = false;
  #whenClosed: (() => void)[] | undefined;
  #whenDrained: (() => void)[] | undefined;

  constructor(id: string, url: string, codec: Codec, host: ConnectionHost) {
    this.id = id;
    this.url = url;
    this.codec = codec;
    this.host = host;
  }

  /** Read only where a sink hears of it. */
  get openedAtMs(): number {
    return this.#openedAtMs;
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

  /** The transport never reported the end. */
  get abandoned(): boolean {
    return this.#abandoned;
  }

  /** The open channel. It may have ended already: then its holder still gets what came. */
  attach(channel: Channel, correlationId: string): void {
    this.protocol = channel.protocol;
    const { close } = this.#state.name === "closed" ? this.#state : {};
    if (close === undefined) this.#state = { name: "open", channel };
    const { recorder } = this.host;
    if (!recorder.silent) this.#openedAtMs = recorder.now();
    this.host.opened(this, correlationId);
    if (close !== undefined) this.host.closed(this, close);
    else this.#limitInbox();
  }

  message(message: IncomingMessage): void {
    if (this.#state.name === "closed" || this.#overflowed || this.inbox.push(message)) return;
    this.#limitInbox();
  }

  pong(): void {
    this.#onPong?.();
  }

  /** Calls back on each pong. */
  whenPong(run: () => void): void {
    this.#onPong = run;
  }

  drain(): void {
    const waiting = this.#whenDrained ?? [];
    this.#whenDrained = undefined;
    for (const resolve of waiting) resolve();
  }

  /** Resolves when nothing that was sent waits in this process, or when the connection has ended. */
  drained(): Promise<void> {
    if (this.bufferedBytes === 0) return Promise.resolve();
    return new Promise((resolve) => {
      if (this.#whenDrained !== undefined) {
        this.#whenDrained.push(resolve);
        return;
      }
      this.#whenDrained = [resolve];
      this.#pollDrain();
    });
  }

  close(close: ChannelClose): void {
    if (this.#state.name === "closed") return;
    const opened = this.#state.name !== "opening";
    this.#state = { name: "closed", close };
    if (opened) this.host.closed(this, close);
    this.inbox.end();
    const waiting = this.#whenClosed ?? [];
    this.#whenClosed = undefined;
    for (const run of waiting) run();
    this.drain();
  }

  /** Calls back once closed; at once when it already is. */
  whenClosed(run: () => void): void {
    if (this.#state.name === "closed") run();
    else if (this.#whenClosed === undefined) this.#whenClosed = [run];
    else this.#whenClosed.push(run);
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
    if (this.host.capabilities.pause) this.#pause();
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

  #pollDrain(): void {
    const { deadlines, recorder } = this.host;
    const poll = new Expiry(() => {
      if (this.bufferedBytes === 0) this.drain();
      else if (this.#whenDrained !== undefined) deadlines.add(poll, recorder.now() + drainPollMs);
    });
    deadlines.add(poll, recorder.now() + drainPollMs);
    this.#whenDrained?.push(() => deadlines.remove(poll));
  }

  #limitInbox(): void {
    const { inbox } = this;
    const { maxMessages, maxBytes, overflow } = this.host.inbox;
    if (this.#state.name === "closing" || overflow === "drop-oldest") {
      this.#dropOldest(maxMessages, maxBytes);
    } else if (overflow === "pause" && this.host.capabilities.pause) {
      if (inbox.count >= maxMessages || inbox.bytes >= maxBytes) this.#pause();
    } else if (inbox.count > maxMessages || (inbox.bytes > maxBytes && inbox.count > 1)) {
      this.#overflow();
    }
  }

  #dropOldest(maxMessages: number, maxBytes: number): void {
    while (this.inbox.count > maxMessages || (this.inbox.bytes > maxBytes && this.inbox.count > 1)) {
      const message = this.inbox.take();
      if (message === undefined) return;
      this.host.recorder.messageDropped(this, message);
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

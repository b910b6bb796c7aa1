import type { Codec } from "../codec.ts";
import type { Settings } from "../options/manager-options.ts";
import type { Channel, ChannelClose, ChannelEvents, IncomingMessage } from "../ports/channel.ts";
import type { Recorder } from "../stats/recorder.ts";
import { type Deadlines, Expiry } from "../time/deadlines.ts";
import { Inbox } from "./inbox.ts";

export type ConnectionState = "open" | "closing" | "closed";

/** What a connection needs of its manager. */
export interface ConnectionHost {
  readonly settings: Settings;
  readonly recorder: Recorder;
  readonly deadlines: Deadlines;
  opened(connection: ManagedConnection, correlationId: string): void;
  closed(connection: ManagedConnection, close: ChannelClose): void;
  release(connection: ManagedConnection): Promise<void>;
}

/** How often a channel is asked what it has buffered: not every transport reports a drain, and none has to for what left within a tick. */
const drainPollMs = 20;

type Condition =
  | { readonly name: "opening"; readonly channel?: undefined; readonly end?: undefined }
  | { readonly name: "open" | "closing"; readonly channel: Channel; readonly end?: undefined }
  | { readonly name: "closed"; readonly channel?: undefined; readonly end: ChannelClose };

const opening: Condition = { name: "opening" };

/** The end of a connection whose transport never reported one. */
export const unconfirmedEnd: ChannelClose = { code: 1006, reason: "", clean: false };

/** Channel, inbox and state. It listens to the channel from the start, so nothing that arrives early is lost. */
export class ManagedConnection implements ChannelEvents {
  readonly id: string;
  readonly url: string;
  readonly codec: Codec;
  readonly host: ConnectionHost;
  readonly inbox: Inbox = new Inbox();
  protocol = "";
  /** Set only if there is a sink. */
  openedAtMs = 0;
  /** The inbox was full under the policy "close", or on a transport that cannot pause. Nothing more is taken in. */
  overflowed = false;
  #condition: Condition = opening;
  #paused = false;
  #onPong: (() => void) | undefined = undefined;
  readonly #whenClosed: (() => void)[] = [];
  readonly #whenDrained: (() => void)[] = [];

  constructor(id: string, url: string, codec: Codec, host: ConnectionHost) {
    this.id = id;
    this.url = url;
    this.codec = codec;
    this.host = host;
  }

  get state(): ConnectionState {
    const { name } = this.#condition;
    return name === "opening" ? "open" : name;
  }

  /** 0 where the channel cannot say: an adapter's getter may throw, or give what is no number. */
  get bufferedBytes(): number {
    try {
      const bytes = this.#condition.channel?.bufferedAmount ?? 0;
      return bytes > 0 ? bytes : 0;
    } catch {
      return 0;
    }
  }

  /** Set once nothing more will happen. */
  get end(): ChannelClose | undefined {
    return this.#condition.end;
  }

  /** The channel, as long as messages can be sent on it. */
  get sendable(): Channel | undefined {
    return this.#condition.name === "open" ? this.#condition.channel : undefined;
  }

  /** The open channel. It may have ended already: then its holder still gets what came. */
  attach(channel: Channel, correlationId: string): void {
    const { host, end } = this;
    this.protocol = channel.protocol;
    if (end === undefined) this.#condition = { name: "open", channel };
    if (!host.recorder.silent) this.openedAtMs = host.recorder.now();
    host.opened(this, correlationId);
    if (end === undefined) this.#limitInbox();
    else host.closed(this, end);
  }

  message(message: IncomingMessage): void {
    if (this.#condition.name === "closed" || this.overflowed || this.inbox.push(message)) return;
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
    for (const run of this.#whenDrained.splice(0)) run();
  }

  /** Resolves when nothing that was sent waits in this process, or when the connection has ended. */
  drained(): Promise<void> {
    if (this.bufferedBytes === 0) return Promise.resolve();
    return new Promise((resolve) => {
      if (this.#whenDrained.push(resolve) === 1) this.#pollDrain();
    });
  }

  close(end: ChannelClose): void {
    const { name } = this.#condition;
    if (name === "closed") return;
    this.#condition = { name: "closed", end };
    if (name !== "opening") this.host.closed(this, end);
    this.inbox.end();
    for (const run of this.#whenClosed.splice(0)) run();
    this.drain();
  }

  /** Calls back once closed; at once when it already is. */
  whenClosed(run: () => void): void {
    if (this.end === undefined) this.#whenClosed.push(run);
    else run();
  }

  /** The next message, if one is there. */
  take(): IncomingMessage | undefined {
    const { inbox } = this;
    const message = inbox.take();
    if (this.#paused) {
      const { maxMessages, maxBytes } = this.host.settings.inbox;
      if (inbox.count <= maxMessages / 2 && inbox.bytes <= maxBytes / 2) this.resumeReading();
    }
    return message;
  }

  /** Holds the peer back, where the transport can; until `resumeReading`, or until it is closed. */
  pauseReading(): void {
    const channel = this.sendable;
    if (this.#paused || channel === undefined || !this.#canPause) return;
    this.#paused = true;
    channel.pause();
  }

  resumeReading(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#condition.channel?.resume();
  }

  /** Starts the closing handshake. Reading goes on, as a paused socket never sees the peer's answer. */
  startClosing(code: number, reason: string): void {
    const channel = this.sendable;
    if (channel === undefined) return;
    this.#condition = { name: "closing", channel };
    this.resumeReading();
    channel.close(code, reason);
  }

  terminate(): void {
    this.#condition.channel?.terminate();
  }

  get #canPause(): boolean {
    return this.host.settings.transport.capabilities.pause;
  }

  #pollDrain(): void {
    const { deadlines, recorder } = this.host;
    const lookAgain = (): void => deadlines.add(poll, recorder.now() + drainPollMs);
    const poll = new Expiry(() => (this.bufferedBytes === 0 ? this.drain() : lookAgain()));
    lookAgain();
    this.#whenDrained.push(() => deadlines.remove(poll));
  }

  #limitInbox(): void {
    const { inbox } = this;
    const { maxMessages, maxBytes, overflow } = this.host.settings.inbox;
    const drops = this.#condition.name === "closing" || overflow === "drop-oldest";
    if (!drops && overflow === "pause" && this.#canPause) {
      if (inbox.count >= maxMessages || inbox.bytes >= maxBytes) this.pauseReading();
      return;
    }
    while (inbox.count > maxMessages || (inbox.bytes > maxBytes && inbox.count > 1)) {
      const oldest = drops ? inbox.take() : undefined;
      if (oldest === undefined) {
        this.overflowed = true;
        this.terminate();
        return;
      }
      this.host.recorder.messageDropped(this, oldest);
    }
  }
}

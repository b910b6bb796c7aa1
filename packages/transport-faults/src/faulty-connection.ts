import {
  type Channel,
  type ChannelClose,
  type ChannelEvents,
  type Clock,
  type TransportCapabilities,
  TransportError,
} from "@outsock/core";
import { DelayLine } from "./delay-line.ts";
import type { ConnectionFault } from "./script.ts";

type State =
  /** The transport below has no channel yet; `onOpen` waits for it. */
  | { readonly name: "opening"; readonly onOpen?: (inner: Channel) => void }
  | { readonly name: "open" | "closing"; readonly inner: Channel }
  /** The peer is gone; `bytes` were sent since. */
  | {
      readonly name: "half-open";
      readonly inner: Channel;
      readonly isClosing: boolean;
      readonly bytes: number;
    }
  /** Only the close is still to be reported. */
  | { readonly name: "terminated"; readonly inner: Channel }
  | { readonly name: "ended" };

/** The state of one connection, and how it ends. Both directions share it. */
export class FaultyConnection {
  readonly events: ChannelEvents;
  readonly inbound: DelayLine;
  readonly outbound: DelayLine;
  readonly capabilities: TransportCapabilities;
  #state: State = { name: "opening" };
  #isMuted = false;
  #isEnding = false;
  #isCloseHeld = false;
  /** The channel below, while it still writes what was sent before the connection was lost. */
  #flushing: Channel | undefined;

  constructor(events: ChannelEvents, capabilities: TransportCapabilities, clock: Clock) {
    this.events = events;
    this.capabilities = capabilities;
    this.inbound = new DelayLine(clock);
    this.outbound = new DelayLine(clock, () => this.drained());
  }

  get state(): State {
    return this.#state;
  }

  /** No more messages arrive. */
  get isMuted(): boolean {
    return this.#isMuted;
  }

  /** A fault will end the connection once earlier messages are delivered. Later messages are lost. */
  get isEnding(): boolean {
    return this.#isEnding;
  }

  /** Events of the channel below still reach the program. */
  get passesEvents(): boolean {
    return !this.#isEnding && ["opening", "open", "closing"].includes(this.#state.name);
  }

  /** The channel below, while messages can be sent. */
  get sendable(): Channel | undefined {
    return this.#state.name === "open" && !this.#isCloseHeld ? this.#state.inner : undefined;
  }

  attach(inner: Channel): void {
    if (this.#state.name !== "opening") return;
    const { onOpen } = this.#state;
    this.#state = { name: "open", inner };
    onOpen?.(inner);
  }

  /** There will be no channel: no event is reported any more. */
  discard(): void {
    this.#state = { name: "ended" };
    this.#stop();
  }

  /** The fault takes effect after the messages held back in its direction. */
  apply(fault: ConnectionFault, line: DelayLine): void {
    if (fault.fault === "mute") {
      this.#isMuted = true;
      return;
    }
    if (this.#isEnding) return;
    this.#isEnding = true;
    line.putLast(() => this.#execute(fault));
  }

  #execute(fault: Exclude<ConnectionFault, { fault: "mute" }>): void {
    switch (fault.fault) {
      case "cut":
        this.fail(new TransportError("CONNECTION_CLOSED", "the connection was cut by the fault script"));
        break;
      case "close": {
        const { code = 1001, reason = "" } = fault;
        this.inbound.putLast(() => this.#lose({ code, reason, clean: true }));
        break;
      }
      case "half-open":
        this.#withInner((inner) => this.#goHalfOpen(inner));
    }
  }

  /** Ends the connection abnormally. */
  fail(error: TransportError): void {
    this.#isEnding = true;
    this.#lose({ code: 1006, reason: "", clean: false, error });
  }

  /** The channel below has closed. Not reported when half-open. */
  innerEnded(close: ChannelClose, delayMs: number): void {
    if (this.#state.name === "terminated") {
      this.#end(close);
    } else {
      this.#isCloseHeld = true;
      this.inbound.putLast(() => this.#end(close), delayMs);
    }
  }

  startClosing(code: number | undefined, reason: string | undefined): void {
    if (this.#state.name === "half-open") this.#state = { ...this.#state, isClosing: true };
    if (this.#state.name !== "open") return;
    const { inner } = this.#state;
    this.#state = { name: "closing", inner };
    this.outbound.putLast(() => inner.close(code, reason));
  }

  terminate(): void {
    if (!("inner" in this.#state) || this.#state.name === "terminated") return;
    const { inner } = this.#state;
    if (this.#isCloseHeld) {
      this.#endLater(terminated());
    } else {
      this.#state = { name: "terminated", inner };
      this.#stop();
    }
    inner.terminate();
  }

  /** Accepts bytes for a peer that is gone. */
  discardBytes(bytes: number): void {
    if (this.#state.name === "half-open") this.#state = { ...this.#state, bytes: this.#state.bytes + bytes };
  }

  /** One of the two buffers is empty: that of the channel below, or the messages held back here. */
  drained(): void {
    if (this.#flushing !== undefined) {
      this.#flushing.terminate();
      this.#flushing = undefined;
    } else if (this.#state.name === "open" || this.#state.name === "closing") {
      const isEmpty = this.#state.inner.bufferedAmount === 0 && this.outbound.bytes === 0;
      if (isEmpty && this.capabilities.drain) this.events.drain();
    }
  }

  #withInner(run: (inner: Channel) => void): void {
    if (this.#state.name === "opening") this.#state = { name: "opening", onOpen: run };
    else if (this.#state.name === "open" || this.#state.name === "closing") run(this.#state.inner);
  }

  #goHalfOpen(inner: Channel): void {
    const bytes = inner.bufferedAmount + this.outbound.bytes;
    this.#state = { name: "half-open", inner, isClosing: this.#state.name === "closing", bytes };
    this.#stop();
    // So that the peer's pings are not answered either.
    inner.pause();
  }

  /** What was sent before is still written; then the socket is destroyed. */
  #lose(close: ChannelClose): void {
    this.#withInner((inner) => {
      this.#endLater(close);
      if (this.capabilities.drain && inner.bufferedAmount > 0) {
        this.#flushing = inner;
        inner.unref();
      } else {
        inner.terminate();
      }
    });
  }

  /** Reported asynchronously, not within the call that caused it. */
  #endLater(close: ChannelClose): void {
    this.#state = { name: "ended" };
    this.#stop();
    queueMicrotask(() => this.events.close(close));
  }

  #end(close: ChannelClose): void {
    this.#state = { name: "ended" };
    this.#stop();
    this.events.close(close);
  }

  #stop(): void {
    this.inbound.stop();
    this.outbound.stop();
  }
}

function terminated(): ChannelClose {
  const error = new TransportError("CONNECTION_CLOSED", "the connection was terminated");
  return { code: 1006, reason: "", clean: false, error };
}

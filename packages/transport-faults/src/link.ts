import {
  type Channel,
  type ChannelClose,
  type ChannelEvents,
  type Clock,
  type TransportCapabilities,
  TransportError,
} from "@outsock/core";
import { HeldLine } from "./held-line.ts";
import type { Ending } from "./script.ts";

type State =
  /** The transport below has no channel yet; `onOpen` is what has to wait for it. */
  | { readonly name: "opening"; readonly onOpen?: (inner: Channel) => void }
  | { readonly name: "open" | "closing"; readonly inner: Channel }
  /** `bytes` were sent and taken by nobody. */
  | {
      readonly name: "half-open";
      readonly inner: Channel;
      readonly isClosing: boolean;
      readonly bytes: number;
    }
  /** Only the end is still to be told. */
  | { readonly name: "terminated"; readonly inner: Channel }
  | { readonly name: "ended" };

/** The state of one connection, and how it ends. Both its directions act on it. */
export class Link {
  readonly events: ChannelEvents;
  readonly inbound: HeldLine;
  readonly outbound: HeldLine;
  readonly capabilities: TransportCapabilities;
  /** No message in comes any more. */
  isMuted = false;
  /** An ending waits for its turn: what comes or is sent after it is lost. */
  isDoomed = false;
  #state: State = { name: "opening" };
  #isEndHeld = false;
  #parting: Channel | undefined;

  constructor(events: ChannelEvents, capabilities: TransportCapabilities, clock: Clock) {
    this.events = events;
    this.capabilities = capabilities;
    this.inbound = new HeldLine(clock);
    this.outbound = new HeldLine(clock, () => this.drained());
  }

  get state(): State {
    return this.#state;
  }

  /** What the channel below tells may reach the program. */
  get hears(): boolean {
    return !this.isDoomed && ["opening", "open", "closing"].includes(this.#state.name);
  }

  /** The channel below, while messages can be sent. */
  get sendable(): Channel | undefined {
    return this.#state.name === "open" && !this.#isEndHeld ? this.#state.inner : undefined;
  }

  attach(inner: Channel): void {
    if (this.#state.name !== "opening") return;
    const { onOpen } = this.#state;
    this.#state = { name: "open", inner };
    onOpen?.(inner);
  }

  /** There will be no channel: nothing is told any more. */
  discard(): void {
    this.#state = { name: "ended" };
    this.#stop();
  }

  /** An ending takes place after what is held in the direction that it came from. */
  meet(ending: Ending, line: HeldLine): void {
    if (ending.fault === "mute") {
      this.isMuted = true;
      return;
    }
    if (this.isDoomed) return;
    this.isDoomed = true;
    line.putLast(() => this.#strike(ending));
  }

  #strike(ending: Exclude<Ending, { fault: "mute" }>): void {
    switch (ending.fault) {
      case "cut":
        this.fail(new TransportError("CONNECTION_CLOSED", "the connection was cut by the fault script"));
        break;
      case "close": {
        const { code = 1001, reason = "" } = ending;
        this.inbound.putLast(() => this.#lose({ code, reason, clean: true }));
        break;
      }
      case "half-open":
        this.#withInner((inner) => this.#goHalfOpen(inner));
    }
  }

  /** Ends it as the loss of the connection does. */
  fail(error: TransportError): void {
    this.isDoomed = true;
    this.#lose({ code: 1006, reason: "", clean: false, error });
  }

  /** The channel below has ended. Half-open, nobody hears of it. */
  innerEnded(close: ChannelClose, delayMs: number): void {
    if (this.#state.name === "terminated") {
      this.#end(close);
    } else {
      this.#isEndHeld = true;
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
    if (this.#isEndHeld) {
      this.#endBySelf(terminated());
    } else {
      this.#state = { name: "terminated", inner };
      this.#stop();
    }
    inner.terminate();
  }

  /** Takes bytes that leave for nowhere. */
  swallow(bytes: number): void {
    if (this.#state.name === "half-open") this.#state = { ...this.#state, bytes: this.#state.bytes + bytes };
  }

  /** One of the two places where bytes wait is empty: the channel below, or what is held back here. */
  drained(): void {
    if (this.#parting !== undefined) {
      this.#parting.terminate();
      this.#parting = undefined;
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
    // Not even the peer's pings are answered then.
    inner.pause();
  }

  /** What was sent before still leaves; then the socket is destroyed. */
  #lose(close: ChannelClose): void {
    this.#withInner((inner) => {
      this.#endBySelf(close);
      if (this.capabilities.drain && inner.bufferedAmount > 0) {
        this.#parting = inner;
        inner.unref();
      } else {
        inner.terminate();
      }
    });
  }

  /** Told soon, not within the call that led to it. */
  #endBySelf(close: ChannelClose): void {
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

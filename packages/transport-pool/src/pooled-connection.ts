import type { Channel, ChannelClose, ChannelEvents, IncomingMessage, Timer } from "@outsock/core";
import { GracefulClose, ignoreErrors } from "./graceful-close.ts";
import type { PoolContext } from "./pool-context.ts";
import type { DiscardReason } from "./pool-stats.ts";
import { ReusePolicy } from "./reuse-policy.ts";

/** The result of a probe: an answer, none in time, or the end of the connection. */
export type ProbeResult = "alive" | "silent" | "gone";

/** The pool of its key. */
export interface ConnectionOwner {
  readonly context: PoolContext;
  /** The peers of its key have sent unsolicited messages lately. */
  readonly isUnsolicited: boolean;
  /** The connection can be lent to another user. */
  available(connection: PooledConnection): void;
  /** It cannot, from now on. */
  discarded(connection: PooledConnection, reason: DiscardReason): void;
}

type State =
  /** Its user has it, and may still give it back. */
  | { readonly name: "lent"; readonly events: ChannelEvents }
  /** Its user has it, and it will be discarded with this reason. */
  | { readonly name: "ending"; readonly events: ChannelEvents; readonly reason: DiscardReason }
  | { readonly name: "idle" }
  /** It waits for a pong, and then possibly for the end of its quiet time. */
  | {
      readonly name: "probing";
      readonly phase: "pong" | "quiet";
      readonly timer: Timer;
      readonly report: (result: ProbeResult) => void;
    }
  | { readonly name: "closing"; readonly close: GracefulClose }
  | { readonly name: "closed" };

const idle: State = { name: "idle" };
const closed: State = { name: "closed" };

/** One open channel of the transport below, through all its uses. It receives the channel's events from beginning to end. */
export class PooledConnection implements ChannelEvents {
  readonly channel: Channel;
  readonly reuse: ReusePolicy;
  readonly #owner: ConnectionOwner;
  readonly #context: PoolContext;
  #state: State = idle;
  #isPaused = false;

  constructor(owner: ConnectionOwner, channel: Channel) {
    this.#owner = owner;
    this.#context = owner.context;
    this.channel = channel;
    this.reuse = new ReusePolicy(owner.context);
  }

  get isLent(): boolean {
    return this.#userEvents !== undefined;
  }

  lend(events: ChannelEvents): void {
    this.reuse.lent();
    this.#context.counters.lent(this.reuse.isReused);
    this.#state = { name: "lent", events };
    ignoreErrors(() => this.channel.ref());
  }

  send(message: string | Uint8Array): void {
    this.reuse.sent();
    try {
      this.channel.send(message);
    } catch (error) {
      this.reuse.sendFailed();
      throw error;
    }
  }

  ping(): void {
    this.reuse.pinged();
    this.channel.ping();
  }

  pause(paused: boolean): void {
    this.#isPaused = paused;
    if (paused) this.channel.pause();
    else this.channel.resume();
  }

  /** Takes the connection back from its user; false if it has to be closed for good. The caller reports the close to the user. */
  tryRelease(code: number | undefined, reason: string | undefined): boolean {
    const state = this.#state;
    if (state.name !== "lent") return false;
    const discard = this.#discardReason(code, reason);
    if (discard !== undefined) {
      this.#end(discard);
      return false;
    }
    this.#state = idle;
    this.#context.counters.released();
    this.reuse.released();
    ignoreErrors(() => this.channel.unref());
    return true;
  }

  /** To be called after {@link tryRelease}, when its user can no longer reach it. */
  makeAvailable(): void {
    if (this.#state.name === "idle") this.#owner.available(this);
  }

  terminate(): void {
    this.#end("terminated");
    this.channel.terminate();
  }

  /** Sends a ping if the transport can, and reports the result once. */
  probe(report: (result: ProbeResult) => void): void {
    const { settings, transport } = this.#context;
    const silent = (): void => {
      this.#leave("no-pong", "silent");
      ignoreErrors(() => this.channel.terminate());
    };
    const timer = settings.clock.schedule(settings.probeTimeoutMs, silent);
    this.#state = { name: "probing", phase: "pong", timer, report };
    ignoreErrors(() => this.channel.ref());
    if (!transport.capabilities.ping) this.#probeAnswered();
    else if (!ignoreErrors(() => this.channel.ping())) silent();
  }

  /** Closes the connection while it has no user. */
  retire(reason: DiscardReason): void {
    this.#leave(reason);
    const close = new GracefulClose(this.channel, this.#context.settings);
    this.#state = { name: "closing", close };
    this.#context.trackClose(close);
    close.start();
  }

  message(message: IncomingMessage): void {
    const events = this.#userEvents;
    if (events !== undefined) this.#received(message, events);
    else if (this.#state.name === "idle" || this.#state.name === "probing")
      this.retire("unsolicited-message");
  }

  pong(): void {
    const events = this.#userEvents;
    if (events === undefined) return this.#probeAnswered();
    this.reuse.ponged();
    events.pong();
  }

  drain(): void {
    this.#userEvents?.drain();
  }

  close(close: ChannelClose): void {
    const events = this.#userEvents;
    if (this.#state.name === "closing") this.#state.close.closed();
    this.#leave("ended");
    events?.close(close);
  }

  get #userEvents(): ChannelEvents | undefined {
    return this.#state.name === "lent" || this.#state.name === "ending" ? this.#state.events : undefined;
  }

  /** It will not be kept. The first reason counts. */
  #end(reason: DiscardReason): void {
    if (this.#state.name === "lent") this.#state = { name: "ending", events: this.#state.events, reason };
  }

  #probeAnswered(): void {
    if (this.#state.name !== "probing" || this.#state.phase === "quiet") return;
    const { timer, report } = this.#state;
    timer.cancel();
    const quietLeftMs = this.reuse.quietLeftMs();
    if (quietLeftMs === 0) return this.#validated(report);
    const quiet = this.#context.settings.clock.schedule(quietLeftMs, () => this.#validated(report));
    this.#state = { name: "probing", phase: "quiet", timer: quiet, report };
  }

  #validated(report: (result: ProbeResult) => void): void {
    this.#state = idle;
    this.reuse.validated();
    ignoreErrors(() => this.channel.unref());
    report("alive");
  }

  /** The reply to a previous user reaches nobody: the connection ends instead. */
  #received(message: IncomingMessage, events: ChannelEvents): void {
    if (this.reuse.expectsNothing) {
      this.#end("unsolicited-message");
      ignoreErrors(() => this.channel.terminate());
      return;
    }
    this.reuse.received();
    events.message(message);
  }

  #discardReason(code: number | undefined, reason: string | undefined): DiscardReason | undefined {
    const discard = this.reuse.discardReason(code, reason);
    if (discard !== undefined) return discard;
    if (this.#isPaused || this.channel.bufferedAmount > 0) return "not-settled";
    return this.#owner.isUnsolicited ? "unsolicited-message" : undefined;
  }

  /** It leaves the pool: counts the reason, once, and reports a probe that is under way. */
  #leave(reason: DiscardReason, result: ProbeResult = "gone"): void {
    const state = this.#state;
    this.#state = closed;
    if (state.name === "closing" || state.name === "closed") return;
    const counted = state.name === "ending" ? state.reason : reason;
    if (state.name === "lent" || state.name === "ending") this.#context.counters.released();
    this.#context.counters.discarded(counted);
    this.#owner.discarded(this, counted);
    if (state.name === "probing") {
      state.timer.cancel();
      state.report(result);
    }
  }
}

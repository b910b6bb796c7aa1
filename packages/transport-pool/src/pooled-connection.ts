import type { Channel, ChannelClose, ChannelEvents, IncomingMessage, Timer } from "@outsock/core";
import { Balance } from "./balance.ts";
import type { DiscardReason } from "./pool-stats.ts";
import type { Shared } from "./shared.ts";

/** What came of asking for a sign of life: an answer, nothing in time, or the connection's end. */
export type Probed = "alive" | "silent" | "gone";

/** Who looks after a connection. */
export interface ConnectionOwner {
  readonly shared: Shared;
  /** It can be lent to somebody else. */
  returned(connection: PooledConnection): void;
  /** It can not, from now on. */
  lost(connection: PooledConnection): void;
}

type State =
  | { readonly name: "lent"; readonly events: ChannelEvents; ending: DiscardReason | undefined }
  | { readonly name: "idle" }
  | { readonly name: "probing"; readonly timer: Timer; readonly answered: (outcome: Probed) => void }
  | { readonly name: "retiring"; readonly timer: Timer; readonly over: () => void }
  | { readonly name: "over" };

/** One open channel of the transport below through all its uses. It hears the channel's events all along. */
export class PooledConnection implements ChannelEvents {
  readonly channel: Channel;
  idleSinceMs: number;
  readonly #openedAtMs: number;
  readonly #owner: ConnectionOwner;
  readonly #shared: Shared;
  readonly #balance: Balance = new Balance();
  #state: State = { name: "idle" };
  #uses = 0;
  #proven: boolean;
  #paused = false;

  constructor(owner: ConnectionOwner, channel: Channel) {
    const { settings, transport } = owner.shared;
    this.#owner = owner;
    this.#shared = owner.shared;
    this.channel = channel;
    this.#openedAtMs = settings.clock.now();
    this.idleSinceMs = this.#openedAtMs;
    this.#proven = !transport.capabilities.ping;
  }

  get isLent(): boolean {
    return this.#state.name === "lent";
  }

  /**
   * Whether it has to answer a ping before it is lent: after a long pause, and once when its first use is over. A greeting
   * that crossed the first message would else pass for its reply, and every reply for that of the question after it.
   */
  isDoubtful(nowMs: number): boolean {
    return (this.#uses > 0 && !this.#proven) || this.wasIdleLong(nowMs);
  }

  /** Why it must not be lent any more; nothing where it may. */
  staleness(nowMs: number): DiscardReason | undefined {
    const { settings, transport } = this.#shared;
    if (nowMs - this.idleSinceMs >= settings.idleMs) return "idle-too-long";
    if (this.#isTooOld(nowMs)) return "too-old";
    return this.wasIdleLong(nowMs) && !transport.capabilities.ping ? "no-pong" : undefined;
  }

  lend(events: ChannelEvents): void {
    this.#uses += 1;
    this.#shared.tally.lent(this.#uses > 1);
    this.#state = { name: "lent", events, ending: undefined };
    this.channel.ref();
  }

  send(message: string | Uint8Array): void {
    this.#balance.sent();
    try {
      this.channel.send(message);
    } catch (error) {
      this.#balance.failed();
      throw error;
    }
  }

  ping(): void {
    this.#balance.pinged();
    this.channel.ping();
  }

  pause(paused: boolean): void {
    this.#paused = paused;
    if (paused) this.channel.pause();
    else this.channel.resume();
  }

  /** Takes it back from its user, who is told by the caller; false where it has to be closed for good. */
  takeBack(code: number | undefined, reason: string | undefined): boolean {
    if (this.#state.name !== "lent" || this.#state.ending !== undefined) return false;
    const trouble = this.#trouble(code, reason);
    if (trouble !== undefined) {
      this.#state.ending = trouble;
      return false;
    }
    this.#state = { name: "idle" };
    this.#shared.tally.lentCount -= 1;
    this.idleSinceMs = this.#shared.settings.clock.now();
    this.channel.unref();
    this.#owner.returned(this);
    return true;
  }

  terminate(): void {
    if (this.#state.name === "lent") this.#state.ending ??= "terminated";
    this.channel.terminate();
  }

  /** Asks for a sign of life; `answered` hears once what came of it. */
  probe(answered: (outcome: Probed) => void): void {
    const { clock, probeTimeoutMs } = this.#shared.settings;
    const timer = clock.schedule(probeTimeoutMs, () => {
      this.#leave("no-pong", "silent");
      this.channel.terminate();
    });
    this.#state = { name: "probing", timer, answered };
    this.channel.ref();
    this.channel.ping();
  }

  /** Closes it while nobody uses it, in bounded time. With `hold` the process waits for that. */
  retire(reason: DiscardReason, hold = false): Promise<void> {
    this.#leave(reason);
    return new Promise((over) => {
      const { clock, closeTimeoutMs } = this.#shared.settings;
      const timer = clock.schedule(closeTimeoutMs, () => {
        this.#state = { name: "over" };
        this.channel.terminate();
        over();
      });
      this.#state = { name: "retiring", timer, over };
      if (hold) this.channel.ref();
      else timer.unref();
      this.channel.close(1000);
    });
  }

  message(message: IncomingMessage): void {
    if (this.#state.name === "lent") {
      this.#balance.received();
      this.#state.events.message(message);
    } else if (this.#state.name === "idle" || this.#state.name === "probing") {
      void this.retire("unasked-message");
    }
  }

  pong(): void {
    if (this.#state.name === "lent") {
      this.#balance.ponged();
      this.#state.events.pong();
    } else if (this.#state.name === "probing") {
      const { timer, answered } = this.#state;
      timer.cancel();
      this.#state = { name: "idle" };
      this.#proven = true;
      this.idleSinceMs = this.#shared.settings.clock.now();
      this.channel.unref();
      answered("alive");
    }
  }

  drain(): void {
    if (this.#state.name === "lent") this.#state.events.drain();
  }

  close(close: ChannelClose): void {
    const state = this.#state;
    if (state.name === "retiring") {
      state.timer.cancel();
      state.over();
    }
    this.#leave("ended");
    if (state.name === "lent") state.events.close(close);
  }

  #trouble(code = 1000, reason = ""): DiscardReason | undefined {
    if (code !== 1000 || reason !== "") return "closed";
    if (this.#shared.disposed) return "disposed";
    if (this.#isTooOld(this.#shared.settings.clock.now())) return "too-old";
    if (this.#paused || this.channel.bufferedAmount > 0) return "not-settled";
    return this.#balance.trouble;
  }

  wasIdleLong(nowMs: number): boolean {
    return nowMs - this.idleSinceMs >= this.#shared.settings.revalidateAfterMs;
  }

  #isTooOld(nowMs: number): boolean {
    return nowMs - this.#openedAtMs >= this.#shared.settings.maxAgeMs;
  }

  /** From here on nobody uses it. */
  #leave(reason: DiscardReason, probed: Probed = "gone"): void {
    const state = this.#state;
    this.#state = { name: "over" };
    if (state.name === "retiring" || state.name === "over") return;
    const { tally } = this.#shared;
    if (state.name === "lent") tally.lentCount -= 1;
    tally.discarded((state.name === "lent" ? state.ending : undefined) ?? reason);
    this.#owner.lost(this);
    if (state.name === "probing") {
      state.timer.cancel();
      state.answered(probed);
    }
  }
}

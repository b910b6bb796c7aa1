import type { Channel, ChannelClose, ChannelEvents, IncomingMessage, Timer } from "@outsock/core";
import { Balance } from "./balance.ts";
import type { DiscardReason } from "./pool-stats.ts";
import { quietly } from "./quietly.ts";
import { Retirement } from "./retirement.ts";
import type { Shared } from "./shared.ts";
import { Trial } from "./trial.ts";

/** What came of asking for a sign of life: an answer, nothing in time, or the connection's end. */
export type Probed = "alive" | "silent" | "gone";

/** Who looks after a connection. */
export interface ConnectionOwner {
  readonly shared: Shared;
  /** Whether the peers of its key are known to send what nobody asked for. */
  readonly isStruck: boolean;
  /** It can be lent to somebody else. */
  returned(connection: PooledConnection): void;
  /** It can not, from now on. */
  lost(connection: PooledConnection, reason: DiscardReason): void;
}

type State =
  | { readonly name: "lent"; readonly events: ChannelEvents; ending: DiscardReason | undefined }
  | { readonly name: "idle" }
  | {
      readonly name: "probing";
      readonly sign: "awaited" | "given";
      readonly timer: Timer;
      readonly answered: (outcome: Probed) => void;
    }
  | { readonly name: "retiring"; readonly retirement: Retirement }
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
  /** Until its second use. */
  #trial: Trial | undefined;
  #paused = false;

  constructor(owner: ConnectionOwner, channel: Channel) {
    const { settings } = owner.shared;
    this.#owner = owner;
    this.#shared = owner.shared;
    this.channel = channel;
    this.#openedAtMs = settings.clock.now();
    this.idleSinceMs = this.#openedAtMs;
    this.#trial = new Trial(settings.clock);
  }

  get isLent(): boolean {
    return this.#state.name === "lent";
  }

  /** Whether it has to show that it is alive and in step before it is lent: after a long pause, and after its first use. */
  isDoubtful(nowMs: number): boolean {
    return (this.#uses > 0 && this.#trial !== undefined) || this.wasIdleLong(nowMs);
  }

  wasIdleLong(nowMs: number): boolean {
    return nowMs - this.idleSinceMs >= this.#shared.settings.revalidateAfterMs;
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
    this.#balance.begin();
    this.#shared.tally.lent(this.#uses > 1);
    this.#state = { name: "lent", events, ending: undefined };
    quietly(() => this.channel.ref());
  }

  send(message: string | Uint8Array): void {
    this.#balance.sent();
    this.#trial?.asked();
    try {
      this.channel.send(message);
    } catch (error) {
      this.#balance.sendFailed();
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
    this.#trial?.begin(this.idleSinceMs);
    quietly(() => this.channel.unref());
    return true;
  }

  /** After {@link takeBack}, when its user has let go of it. */
  offer(): void {
    if (this.#state.name === "idle") this.#owner.returned(this);
  }

  terminate(): void {
    if (this.#state.name === "lent") this.#state.ending ??= "terminated";
    this.channel.terminate();
  }

  /** Asks for a sign of life, where the transport can; `answered` hears once what came of it. */
  probe(answered: (outcome: Probed) => void): void {
    const { settings, transport } = this.#shared;
    const { clock, probeTimeoutMs } = settings;
    const silent = (): void => {
      this.#leave("no-pong", "silent");
      quietly(() => this.channel.terminate());
    };
    const timer = clock.schedule(probeTimeoutMs, silent);
    this.#state = { name: "probing", sign: "awaited", timer, answered };
    quietly(() => this.channel.ref());
    if (!transport.capabilities.ping) this.#showedLife();
    else if (!quietly(() => this.channel.ping())) silent();
  }

  /** Closes it while nobody uses it. */
  retire(reason: DiscardReason): void {
    this.#leave(reason);
    const retirement = new Retirement(this.channel, this.#shared.settings);
    this.#state = { name: "retiring", retirement };
    this.#shared.retire(retirement);
    retirement.start();
  }

  message(message: IncomingMessage): void {
    if (this.#state.name === "lent") {
      this.#receive(message, this.#state.events);
    } else if (this.#state.name === "idle" || this.#state.name === "probing") {
      this.retire("unasked-message");
    }
  }

  pong(): void {
    if (this.#state.name === "lent") {
      this.#balance.ponged();
      this.#state.events.pong();
    } else {
      this.#showedLife();
    }
  }

  drain(): void {
    if (this.#state.name === "lent") this.#state.events.drain();
  }

  close(close: ChannelClose): void {
    const state = this.#state;
    if (state.name === "retiring") state.retirement.closed();
    this.#leave("ended");
    if (state.name === "lent") state.events.close(close);
  }

  /** It may have to stay quiet for a while yet. */
  #showedLife(): void {
    if (this.#state.name !== "probing" || this.#state.sign === "given") return;
    const { timer, answered } = this.#state;
    timer.cancel();
    const { clock } = this.#shared.settings;
    const leftMs = this.#trial?.leftMs(clock.now()) ?? 0;
    if (leftMs === 0) return this.#passed(answered);
    const quiet = clock.schedule(leftMs, () => this.#passed(answered));
    this.#state = { name: "probing", sign: "given", timer: quiet, answered };
  }

  #passed(answered: (outcome: Probed) => void): void {
    this.#state = { name: "idle" };
    this.#trial = undefined;
    this.idleSinceMs = this.#shared.settings.clock.now();
    quietly(() => this.channel.unref());
    answered("alive");
  }

  /** What comes over a connection used before, before its user has asked, was asked for by somebody else: it is nobody's. */
  #receive(message: IncomingMessage, events: ChannelEvents): void {
    const isStray = this.#uses > 1 && !this.#balance.hasAsked;
    if (this.#state.name === "lent" && isStray) this.#state.ending ??= "unasked-message";
    if (isStray) return void quietly(() => this.channel.terminate());
    this.#balance.received();
    this.#trial?.answered();
    events.message(message);
  }

  #trouble(code = 1000, reason = ""): DiscardReason | undefined {
    if (code !== 1000 || reason !== "") return "closed";
    if (this.#shared.disposed) return "disposed";
    if (this.#isTooOld(this.#shared.settings.clock.now())) return "too-old";
    if (this.#paused || this.channel.bufferedAmount > 0) return "not-settled";
    return this.#balance.trouble ?? (this.#owner.isStruck ? "unasked-message" : undefined);
  }

  #isTooOld(nowMs: number): boolean {
    return nowMs - this.#openedAtMs >= this.#shared.settings.maxAgeMs;
  }

  /** Nobody uses it any more: counts why, once, and tells those who wait for it. */
  #leave(reason: DiscardReason, probed: Probed = "gone"): void {
    const state = this.#state;
    this.#state = { name: "over" };
    if (state.name === "retiring" || state.name === "over") return;
    const why = (state.name === "lent" ? state.ending : undefined) ?? reason;
    if (state.name === "lent") this.#shared.tally.lentCount -= 1;
    this.#shared.tally.discarded(why);
    this.#owner.lost(this, why);
    if (state.name === "probing") {
      state.timer.cancel();
      state.answered(probed);
    }
  }
}

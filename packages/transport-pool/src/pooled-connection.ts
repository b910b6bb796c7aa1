import type { Channel, ChannelClose, ChannelEvents, IncomingMessage, Timer } from "@outsock/core";
import { GracefulClose } from "./graceful-close.ts";
import type { PoolContext } from "./pool-context.ts";
import type { DiscardReason } from "./pool-stats.ts";
import { quietly } from "./quietly.ts";
import { ReusePolicy } from "./reuse-policy.ts";

/** What came of asking for a sign of life: an answer, nothing in time, or the connection's end. */
export type Probed = "alive" | "silent" | "gone";

/** Who looks after a connection. */
export interface ConnectionOwner {
  readonly shared: PoolContext;
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
  | { readonly name: "retiring"; readonly retirement: GracefulClose }
  | { readonly name: "over" };

/** One open channel of the transport below through all its uses. It hears the channel's events all along. */
export class PooledConnection implements ChannelEvents {
  readonly channel: Channel;
  readonly fitness: ReusePolicy;
  readonly #owner: ConnectionOwner;
  readonly #shared: PoolContext;
  #state: State = { name: "idle" };
  #paused = false;

  constructor(owner: ConnectionOwner, channel: Channel) {
    this.#owner = owner;
    this.#shared = owner.shared;
    this.channel = channel;
    this.fitness = new ReusePolicy(owner.shared);
  }

  get isLent(): boolean {
    return this.#state.name === "lent";
  }

  lend(events: ChannelEvents): void {
    this.fitness.lent();
    this.#shared.tally.lent(this.fitness.isReused);
    this.#state = { name: "lent", events, ending: undefined };
    quietly(() => this.channel.ref());
  }

  send(message: string | Uint8Array): void {
    this.fitness.sent();
    try {
      this.channel.send(message);
    } catch (error) {
      this.fitness.balance.sendFailed();
      throw error;
    }
  }

  ping(): void {
    this.fitness.balance.pinged();
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
    this.fitness.returned();
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
    const retirement = new GracefulClose(this.channel, this.#shared.settings);
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
      this.fitness.balance.ponged();
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
    const leftMs = this.fitness.trialLeftMs();
    if (leftMs === 0) return this.#passed(answered);
    const quiet = this.#shared.settings.clock.schedule(leftMs, () => this.#passed(answered));
    this.#state = { name: "probing", sign: "given", timer: quiet, answered };
  }

  #passed(answered: (outcome: Probed) => void): void {
    this.#state = { name: "idle" };
    this.fitness.passed();
    quietly(() => this.channel.unref());
    answered("alive");
  }

  /** What comes over a connection used before, before its user has asked, was asked for by somebody else: it is nobody's. */
  #receive(message: IncomingMessage, events: ChannelEvents): void {
    const isStray = this.fitness.isReused && !this.fitness.balance.hasAsked;
    if (this.#state.name === "lent" && isStray) this.#state.ending ??= "unasked-message";
    if (isStray) return void quietly(() => this.channel.terminate());
    this.fitness.received();
    events.message(message);
  }

  #trouble(code: number | undefined, reason: string | undefined): DiscardReason | undefined {
    const trouble = this.fitness.trouble(code, reason);
    if (trouble !== undefined) return trouble;
    if (this.#paused || this.channel.bufferedAmount > 0) return "not-settled";
    return this.#owner.isStruck ? "unasked-message" : undefined;
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

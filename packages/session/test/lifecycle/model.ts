import type { Effect, Event, LegId, LifecycleSettings, State, TimerName } from "../../src/lifecycle/state.ts";
import { begin, transition } from "../../src/lifecycle/transition.ts";

type Leg = "opening" | "open" | "draining" | "closing";

/**
 * The world around the lifecycle, as the shell makes it: sockets exist from their opening to their end, whatever the state
 * says. What goes wrong is collected in `faults`.
 */
export class World {
  state: State = begin.state;
  readonly legs: Map<LegId, Leg> = new Map();
  readonly timers: Map<TimerName, number> = new Map();
  readonly faults: string[] = [];
  readonly delays: number[] = [];
  serving: LegId | undefined;
  finished = 0;
  rotating = false;
  nowMs = 0;
  readonly #settings: LifecycleSettings;

  constructor(settings: LifecycleSettings) {
    this.#settings = settings;
    this.#do(begin.effects);
    this.#check();
  }

  happen(event: Event): readonly Effect[] {
    if (event.type === "timer") this.timers.delete(event.timer);
    if (event.type === "opened") this.legs.set(event.leg, "open");
    if (event.type === "failed") this.legs.delete(event.leg);
    if (event.type === "lost") {
      this.legs.delete(event.leg);
      if (this.serving === event.leg) this.serving = undefined;
    }
    const { state, effects } = transition(this.#settings, this.state, event);
    if (this.state.name === "closed" && state.name !== "closed") this.faults.push("came back to life");
    this.state = state;
    this.#do(effects);
    this.#check();
    return effects;
  }

  #do(effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (this.finished > 0) this.faults.push(`${effect.type} after the end`);
      this.#one(effect);
    }
  }

  #one(effect: Effect): void {
    switch (effect.type) {
      case "open":
        if (this.legs.has(effect.leg)) this.faults.push("a number was used twice");
        this.legs.set(effect.leg, "opening");
        break;
      case "abandon":
        if (this.legs.get(effect.leg) !== "opening") this.faults.push("gave up what was not being opened");
        this.legs.delete(effect.leg);
        break;
      case "serve":
        if (this.legs.get(effect.leg) !== "open") this.faults.push("serves over what is not open");
        this.serving = effect.leg;
        break;
      case "drain":
      case "close":
        if (!this.legs.has(effect.leg)) this.faults.push(`${effect.type} of what is gone`);
        else this.legs.set(effect.leg, effect.type === "drain" ? "draining" : "closing");
        break;
      case "terminate":
        this.legs.delete(effect.leg);
        if (this.serving === effect.leg) this.serving = undefined;
        break;
      case "set-timer":
        if (!(effect.delayMs >= 0)) this.faults.push("a timer in the past");
        this.timers.set(effect.timer, effect.delayMs);
        this.delays.push(effect.delayMs);
        break;
      case "clear-timer":
        this.timers.delete(effect.timer);
        break;
      case "finish":
        this.finished += 1;
        break;
    }
  }

  #check(): void {
    const { state, legs, faults } = this;
    const rotation = state.name === "rotating" || ("retiring" in state && state.retiring !== undefined);
    const allowed = rotation || (state.name === "closing" && state.legs.length === 2) ? 2 : 1;
    if (legs.size > allowed) faults.push(`${legs.size} sockets in ${state.name}`);
    if (state.name === "waiting" && !this.timers.has("retry")) faults.push("waits for nothing");
    if (state.name === "closed" && (legs.size > 0 || this.timers.size > 0))
      faults.push("closed, and something is left");
    if (state.name === "closed" && this.finished !== 1) faults.push(`finished ${this.finished} times`);
    if (state.name === "connecting" && legs.get(state.leg) !== "opening")
      faults.push("connecting without an attempt");
    if (state.name === "ready" && this.serving !== state.leg) faults.push("ready, and nothing serves");
    if (state.name === "closing" && legs.size === 0) faults.push("closing nothing");
  }
}

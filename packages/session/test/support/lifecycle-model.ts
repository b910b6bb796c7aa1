import type {
  ConnectionNumber,
  LifecycleEffect,
  LifecycleEvent,
  LifecycleSettings,
  LifecycleState,
  TimerName,
} from "../../src/lifecycle/state.ts";
import { begin, transition } from "../../src/lifecycle/transition.ts";

type ModelSocket = "opening" | "open" | "draining" | "closing";

/** A model of what the supervisor does: sockets exist from their opening to their end, whatever the state. Violations go to `faults`. */
export class World {
  state: LifecycleState = begin.state;
  readonly connections: Map<ConnectionNumber, ModelSocket> = new Map();
  readonly timers: Map<TimerName, number> = new Map();
  readonly faults: string[] = [];
  readonly delays: number[] = [];
  serving: ConnectionNumber | undefined;
  finished = 0;
  rotating = false;
  nowMs = 0;
  readonly #settings: LifecycleSettings;

  constructor(settings: LifecycleSettings) {
    this.#settings = settings;
    this.#do(begin.effects);
    this.#check();
  }

  happen(event: LifecycleEvent): readonly LifecycleEffect[] {
    if (event.type === "timer") this.timers.delete(event.timer);
    if (event.type === "opened") this.connections.set(event.connection, "open");
    if (event.type === "failed") this.connections.delete(event.connection);
    if (event.type === "lost") {
      this.connections.delete(event.connection);
      if (this.serving === event.connection) this.serving = undefined;
    }
    const { state, effects } = transition(this.#settings, this.state, event);
    if (this.state.name === "closed" && state.name !== "closed") this.faults.push("came back to life");
    this.state = state;
    this.#do(effects);
    this.#check();
    return effects;
  }

  #do(effects: readonly LifecycleEffect[]): void {
    for (const effect of effects) {
      if (this.finished > 0) this.faults.push(`${effect.type} after the end`);
      this.#one(effect);
    }
  }

  #one(effect: LifecycleEffect): void {
    switch (effect.type) {
      case "open":
        if (this.connections.has(effect.connection)) this.faults.push("a number was used twice");
        this.connections.set(effect.connection, "opening");
        break;
      case "abandon":
        if (this.connections.get(effect.connection) !== "opening")
          this.faults.push("gave up what was not being opened");
        this.connections.delete(effect.connection);
        break;
      case "serve":
        if (this.connections.get(effect.connection) !== "open")
          this.faults.push("serves over what is not open");
        this.serving = effect.connection;
        break;
      case "drain":
      case "close":
        if (!this.connections.has(effect.connection)) this.faults.push(`${effect.type} of what is gone`);
        else this.connections.set(effect.connection, effect.type === "drain" ? "draining" : "closing");
        break;
      case "terminate":
        this.connections.delete(effect.connection);
        if (this.serving === effect.connection) this.serving = undefined;
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
    const { state, connections, faults } = this;
    const rotation = state.name === "rotating" || ("retiring" in state && state.retiring !== undefined);
    const allowed = rotation || (state.name === "closing" && state.connections.length === 2) ? 2 : 1;
    if (connections.size > allowed) faults.push(`${connections.size} sockets in ${state.name}`);
    if (state.name === "waiting" && !this.timers.has("retry")) faults.push("waits for nothing");
    if (state.name === "closed" && (connections.size > 0 || this.timers.size > 0))
      faults.push("closed, and something is left");
    if (state.name === "closed" && this.finished !== 1) faults.push(`finished ${this.finished} times`);
    if (state.name === "connecting" && connections.get(state.connection) !== "opening")
      faults.push("connecting without an attempt");
    if (state.name === "ready" && this.serving !== state.connection) faults.push("ready, and nothing serves");
    if (state.name === "closing" && connections.size === 0) faults.push("closing nothing");
  }
}

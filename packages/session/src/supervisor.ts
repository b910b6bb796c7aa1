import type { OutsockError } from "@outsock/core";
import type { Ending, Operation } from "@outsock/core/foundation";
import { Desk, type Refuse } from "./calls/call-dispatcher.ts";
import { connectError } from "./connections/connect-error.ts";
import { Opening, type OpeningHost } from "./connections/connection-attempt.ts";
import { Drains } from "./connections/drains.ts";
import { isFatal, isRetried } from "./connections/retrying.ts";
import type { Leg } from "./connections/session-connection.ts";
import type { SessionContext } from "./context.ts";
import { longestWishMs } from "./lifecycle/delays.ts";
import type { Effect, Event, LegId, State, Step } from "./lifecycle/state.ts";
import { LifecycleTimers } from "./lifecycle/timers.ts";
import { begin, transition } from "./lifecycle/transition.ts";
import type { HandshakeOutcome, Topic } from "./protocol.ts";
import type { SessionState } from "./session.ts";
import { Subscriptions } from "./subscriptions/subscriptions.ts";

/** What happens, before the moment and the random number are added. */
type Happening = Event extends infer One ? (One extends Event ? Omit<One, "atMs" | "random"> : never) : never;

interface OpenLeg {
  readonly leg: Leg;
  readonly outcome: HandshakeOutcome;
}

export interface SupervisorHost {
  /** The first connection serves. */
  ready(correlationId: string): void;
  /** Nothing will happen any more. */
  finished(error: OutsockError | undefined): void;
}

/** Which attempt is under way. */
function attemptOf(state: State): number {
  if (state.name === "rotating") return state.failures + 1;
  return "attempt" in state ? state.attempt : 1;
}

/** Runs the lifecycle: tells it what happens, does what it says. Decides nothing about connections by itself. */
export class Supervisor implements OpeningHost {
  readonly desk: Desk;
  readonly subscriptions: Subscriptions;
  error: OutsockError | undefined;
  readonly #context: SessionContext;
  readonly #host: SupervisorHost;
  readonly #timers: LifecycleTimers;
  readonly #openings: Map<LegId, Opening> = new Map();
  readonly #legs: Map<LegId, OpenLeg> = new Map();
  readonly #drains: Drains;
  readonly #events: Event[] = [];
  #state: State = begin.state;
  #running = false;
  #lossError: OutsockError | undefined;

  constructor(context: SessionContext, host: SupervisorHost) {
    this.#context = context;
    this.#host = host;
    this.desk = new Desk(context);
    this.subscriptions = new Subscriptions(context, this.desk);
    this.#timers = new LifecycleTimers(context.foundation.clock, (timer) =>
      this.#dispatch({ type: "timer", timer }),
    );
    this.#drains = new Drains(context, this.desk, this.subscriptions, (leg) =>
      this.#dispatch({ type: "drained", leg: leg.number }),
    );
    this.subscriptions.whenMoved = () => this.#drains.check();
    this.desk.whenIdle = () => this.#drains.check();
  }

  get state(): SessionState {
    const { name } = this.#state;
    return name === "ready" && this.#state.retiring !== undefined ? "rotating" : name;
  }

  start(): void {
    this.#run(begin);
    this.#runAll();
  }

  close(timeoutMs: number): void {
    this.#drains.limit(timeoutMs);
    this.desk.shut(this.#refuse);
    this.subscriptions.finish(undefined);
    this.#dispatch({ type: "close" });
  }

  /** At once. `error`: why. */
  kill(error: OutsockError): void {
    if (this.#state.name === "closed") return;
    this.error ??= error;
    this.#dispatch({ type: "kill" });
  }

  opened(leg: Leg, outcome: HandshakeOutcome, correlationId: string): void {
    this.#openings.delete(leg.number);
    this.#legs.set(leg.number, { leg, outcome });
    if (outcome.resume !== undefined) this.#context.resume = outcome.resume;
    this.#dispatch({ type: "opened", leg: leg.number, connectedAtMs: leg.connectedAtMs });
    if (this.desk.serving === leg) this.#host.ready(correlationId);
  }

  failed(number: LegId, error: OutsockError): void {
    this.#openings.delete(number);
    this.desk.lastError = error;
    const retryable = isRetried(this.#context, error, error.retryable && !isFatal(this.#context, error));
    this.#lossError = error;
    this.#dispatch({ type: "failed", leg: number, retryable, retryAfterMs: error.retryAfterMs });
  }

  lost(leg: Leg, ending: Ending): void {
    if (!this.#legs.delete(leg.number)) return;
    const error = connectError(this.#context, ending);
    if (this.desk.serving === leg) {
      this.desk.serving = undefined;
      this.desk.lastError = error;
      this.#lossError = error;
    }
    this.#drains.stop(leg.number);
    leg.settle(ending);
    const retryable = isRetried(this.#context, error, !isFatal(this.#context, error));
    this.#dispatch({ type: "lost", leg: leg.number, retryable, lastSureMs: leg.lastSureMs });
  }

  freed(): void {
    this.desk.queue.pump();
  }

  idle(): void {
    this.#drains.check();
  }

  goAway(leg: Leg, url: string | undefined): void {
    // A server may send the session elsewhere, but not its headers over a line that anybody can read.
    const downgrade = leg.url.startsWith("wss:") && !String(url).startsWith("wss:");
    this.#dispatch({ type: "go-away", leg: leg.number, url: downgrade ? undefined : url });
  }

  slowDown(retryAfterMs: number): void {
    if (retryAfterMs > 0) this.desk.queue.holdFor(Math.min(retryAfterMs, longestWishMs));
  }

  unclaimed(topic: Topic, data: unknown): void {
    this.#context.emitter.emit("event", { topic, data });
  }

  /** One event after the other, also where doing one causes the next. */
  #dispatch(happening: Happening): void {
    const { foundation, settings } = this.#context;
    this.#events.push({ ...happening, atMs: foundation.clock.now(), random: settings.random() });
    if (!this.#running) this.#runAll();
  }

  #runAll(): void {
    const { settings } = this.#context;
    for (let event = this.#events.shift(); event !== undefined; event = this.#events.shift()) {
      this.#run(transition(settings, this.#state, event), event);
    }
  }

  #run({ state, effects }: Step, event?: Event): void {
    this.#running = true;
    const previous = this.state;
    const attempt = attemptOf(this.#state);
    this.#state = state;
    for (const effect of effects) this.#do(effect);
    this.#tell(previous, event, effects, attempt);
    this.#running = false;
  }

  #do(effect: Effect): void {
    switch (effect.type) {
      case "open": {
        const { leg: number, attempt, url } = effect;
        this.#openings.set(number, new Opening(this.#context, this, { number, attempt, url }));
        break;
      }
      case "abandon":
        this.#openings.get(effect.leg)?.abandon();
        this.#openings.delete(effect.leg);
        break;
      case "serve":
        this.#serve(effect);
        break;
      case "drain":
        this.#drain(effect.leg);
        break;
      case "close":
        this.#drains.stop(effect.leg);
        this.#legs.get(effect.leg)?.leg.close();
        break;
      case "terminate":
        this.#terminate(effect.leg);
        break;
      case "set-timer":
        this.#timers.set(effect.timer, effect.delayMs);
        break;
      case "clear-timer":
        this.#timers.clear(effect.timer);
        break;
      case "finish":
        this.#finish();
        break;
    }
  }

  #serve({ leg: number, lostAtMs, rotation }: Extract<Effect, { type: "serve" }>): void {
    const open = this.#legs.get(number);
    if (open === undefined) return;
    const { leg, outcome } = open;
    const { counters, emitter, foundation } = this.#context;
    counters.connectionsCount += 1;
    this.desk.serving = leg;
    this.desk.lastError = undefined;
    this.subscriptions.move(leg);
    if (lostAtMs !== undefined && outcome.resumed !== true) {
      emitter.emit("gap", {
        sinceMs: Math.round(foundation.clock.now() - lostAtMs),
        subscriptions: this.subscriptions.size,
      });
    }
    if (rotation !== undefined) {
      counters.rotationsCount += 1;
      emitter.emit("rotation", { reason: rotation });
    }
    leg.serve(outcome.heartbeatIntervalMs);
    this.desk.queue.pump();
  }

  #drain(number: LegId): void {
    const leg = this.#legs.get(number)?.leg;
    if (leg !== undefined) this.#drains.start(leg);
  }

  #terminate(number: LegId): void {
    const leg = this.#legs.get(number)?.leg;
    if (leg === undefined) return;
    this.#legs.delete(number);
    this.#drains.stop(number);
    if (this.desk.serving === leg) this.desk.serving = undefined;
    if (this.#state.name === "closed") this.desk.giveUp();
    leg.settle(this.#over(leg.url));
    void leg.terminate();
  }

  /** What calls are told that are under way when the session ends. */
  #over(url: string): Ending {
    const { code = "DISPOSED" } = this.error ?? {};
    if (code === "DISPOSED" || code === "ABORTED") {
      return { code: "DISPOSED", message: "The session was closed", details: { url } };
    }
    return { code: "CONNECTION_CLOSED", message: "The session ended", details: { url, retryable: false } };
  }

  #finish(): void {
    if (this.desk.open) this.error ??= this.#lossError;
    this.desk.end(this.#refuse);
    this.subscriptions.finish(this.error);
    this.#host.finished(this.error);
  }

  /** A closed session's answer to every call. */
  readonly #refuse: Refuse = (operation: Operation, sent) => {
    const { error } = this;
    if (error === undefined)
      return operation.fail("DISPOSED", "admission", "The session is closed", { sent });
    const { code, message, url, status, closeCode, closeReason } = error;
    const details = { sent, url, status, closeCode, closeReason, cause: error, retryable: false };
    return operation.fail(code, "connect", `The session has ended: ${message}`, details);
  };

  #tell(previous: SessionState, event: Event | undefined, effects: readonly Effect[], attempt: number): void {
    const { emitter } = this.#context;
    const error = this.#lossError;
    if (event?.type === "failed" && error !== undefined) {
      const timer = effects.find((effect) => effect.type === "set-timer");
      const retry = timer?.type === "set-timer" ? { retryInMs: timer.delayMs } : {};
      emitter.emit("failure", { error, attempt, ...retry });
    }
    const { state } = this;
    if (state === previous) return;
    const why = state === "closed" ? this.error : error;
    const fault = state === "waiting" || state === "closed" || previous === "rotating";
    const because = fault && state !== "ready" && why !== undefined ? { error: why } : {};
    emitter.emit("state", { state, previous, ...because });
  }
}

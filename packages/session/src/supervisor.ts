import type { OutsockError, Timer } from "@outsock/core";
import type { CloseFailure, Operation } from "@outsock/core/internal";
import { CallDispatcher, type RefuseCall } from "./calls/call-dispatcher.ts";
import { isFatal, isRetried, sessionConnectError } from "./connections/connect-error.ts";
import { type AttemptHost, ConnectionAttempt } from "./connections/connection-attempt.ts";
import { Drains } from "./connections/drains.ts";
import type { SessionConnection } from "./connections/session-connection.ts";
import type { SessionContext } from "./context.ts";
import { maxServerDelayMs } from "./lifecycle/delays.ts";
import type {
  ConnectionNumber,
  LifecycleEffect,
  LifecycleEvent,
  LifecycleState,
  LifecycleStep,
  TimerName,
} from "./lifecycle/state.ts";
import { begin, transition } from "./lifecycle/transition.ts";
import type { HandshakeOutcome, Topic } from "./protocol.ts";
import type { SessionState } from "./session.ts";
import { Subscriptions } from "./subscriptions/subscriptions.ts";

/** A lifecycle event without its time and its random number. */
type UntimedEvent = LifecycleEvent extends infer One
  ? One extends LifecycleEvent
    ? Omit<One, "atMs" | "random">
    : never
  : never;

interface OpenConnection {
  readonly connection: SessionConnection;
  readonly outcome: HandshakeOutcome;
}

export interface SupervisorHost {
  /** The first connection is serving. */
  ready(correlationId: string): void;
  /** The session has ended and nothing follows. */
  finished(error: OutsockError | undefined): void;
}

/** A caller's function may throw, or return what no pause can be made of. */
function drawn(random: () => number): number {
  try {
    const number = random();
    if (number >= 0 && number <= 1) return number;
  } catch {
    // As for a number that is out of range.
  }
  return Math.random();
}

/** The number of the current attempt. */
function attemptOf(state: LifecycleState): number {
  if (state.name === "rotating") return state.failures + 1;
  return "attempt" in state ? state.attempt : 1;
}

/** Runs the lifecycle: passes it events and carries out its effects. Every decision about connections is in `transition`. */
export class Supervisor implements AttemptHost {
  readonly dispatcher: CallDispatcher;
  readonly subscriptions: Subscriptions;
  error: OutsockError | undefined;
  readonly #context: SessionContext;
  readonly #host: SupervisorHost;
  readonly #timers: Map<TimerName, Timer> = new Map();
  readonly #attempts: Map<ConnectionNumber, ConnectionAttempt> = new Map();
  readonly #connections: Map<ConnectionNumber, OpenConnection> = new Map();
  readonly #drains: Drains;
  readonly #events: LifecycleEvent[] = [];
  #state: LifecycleState = begin.state;
  #running = false;
  #lossError: OutsockError | undefined;

  constructor(context: SessionContext, host: SupervisorHost) {
    this.#context = context;
    this.#host = host;
    this.dispatcher = new CallDispatcher(context);
    this.subscriptions = new Subscriptions(context, this.dispatcher);
    this.#drains = new Drains(context, this.dispatcher, this.subscriptions, (connection) =>
      this.#dispatch({ type: "drained", connection: connection.number }),
    );
    this.subscriptions.whenMoved = () => this.#drains.check();
    this.dispatcher.whenIdle = () => this.#drains.check();
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
    this.dispatcher.shut(this.#refuse);
    this.subscriptions.finish(undefined);
    this.#dispatch({ type: "close" });
  }

  /** Ends the session at once, with `error`. */
  kill(error: OutsockError): void {
    if (this.#state.name === "closed") return;
    this.error ??= error;
    this.#dispatch({ type: "kill" });
  }

  opened(connection: SessionConnection, outcome: HandshakeOutcome, correlationId: string): void {
    this.#attempts.delete(connection.number);
    this.#connections.set(connection.number, { connection, outcome });
    if (outcome.resume !== undefined) this.#context.resume = outcome.resume;
    this.#dispatch({
      type: "opened",
      connection: connection.number,
      connectedAtMs: connection.connectedAtMs,
    });
    if (this.dispatcher.serving === connection) this.#host.ready(correlationId);
  }

  failed(number: ConnectionNumber, error: OutsockError): void {
    this.#attempts.delete(number);
    this.dispatcher.lastError = error;
    const retryable = isRetried(this.#context, error, error.retryable && !isFatal(this.#context, error));
    this.#lossError = error;
    this.#dispatch({ type: "failed", connection: number, retryable, retryAfterMs: error.retryAfterMs });
  }

  lost(connection: SessionConnection, failure: CloseFailure): void {
    if (!this.#connections.delete(connection.number)) return;
    const error = sessionConnectError(this.#context, failure);
    if (this.dispatcher.serving === connection) {
      this.dispatcher.serve(undefined);
      this.dispatcher.lastError = error;
      this.#lossError = error;
    }
    this.#drains.stop(connection.number);
    connection.settle(failure);
    const retryable = isRetried(this.#context, error, !isFatal(this.#context, error));
    this.#dispatch({
      type: "lost",
      connection: connection.number,
      retryable,
      lastSureMs: connection.lastSureMs,
    });
  }

  freed(): void {
    this.dispatcher.advance();
  }

  idle(): void {
    this.#drains.check();
  }

  goAway(connection: SessionConnection, url: string | undefined): void {
    // The server may name another url, but the headers must not travel unencrypted because of it.
    const downgrade = connection.url.startsWith("wss:") && !String(url).startsWith("wss:");
    this.#dispatch({ type: "go-away", connection: connection.number, url: downgrade ? undefined : url });
  }

  slowDown(retryAfterMs: number): void {
    if (retryAfterMs > 0) this.dispatcher.slowDown(Math.min(retryAfterMs, maxServerDelayMs));
  }

  unclaimed(topic: Topic, data: unknown): void {
    this.#context.emitter.emit("event", { topic, data });
  }

  /** Events are handled one after the other, even if one causes the next. */
  #dispatch(event: UntimedEvent): void {
    const { internals, settings } = this.#context;
    this.#events.push({ ...event, atMs: internals.clock.now(), random: drawn(settings.random) });
    if (!this.#running) this.#runAll();
  }

  #runAll(): void {
    const { settings } = this.#context;
    for (let event = this.#events.shift(); event !== undefined; event = this.#events.shift()) {
      this.#run(transition(settings, this.#state, event), event);
    }
  }

  #run({ state, effects }: LifecycleStep, event?: LifecycleEvent): void {
    this.#running = true;
    const previous = this.state;
    const attempt = attemptOf(this.#state);
    this.#state = state;
    for (const effect of effects) this.#do(effect);
    this.#emit(previous, event, effects, attempt);
    this.#running = false;
  }

  #do(effect: LifecycleEffect): void {
    switch (effect.type) {
      case "open": {
        const { connection: number, attempt, url } = effect;
        this.#attempts.set(number, new ConnectionAttempt(this.#context, this, { number, attempt, url }));
        break;
      }
      case "abandon":
        this.#attempts.get(effect.connection)?.abandon();
        this.#attempts.delete(effect.connection);
        break;
      case "serve":
        this.#serve(effect);
        break;
      case "drain":
        this.#drain(effect.connection);
        break;
      case "close":
        this.#drains.stop(effect.connection);
        this.#connections.get(effect.connection)?.connection.close();
        break;
      case "terminate":
        this.#terminate(effect.connection);
        break;
      case "set-timer":
        this.#setTimer(effect.timer, effect.delayMs);
        break;
      case "clear-timer":
        this.#clearTimer(effect.timer);
        break;
      case "finish":
        this.#finish();
        break;
    }
  }

  /** The retry timer keeps the process alive, as the lost connection did. The rotation timer does not: its connection does. */
  #setTimer(name: TimerName, delayMs: number): void {
    this.#clearTimer(name);
    const timer = this.#context.internals.clock.schedule(delayMs, () => {
      this.#timers.delete(name);
      this.#dispatch({ type: "timer", timer: name });
    });
    if (name === "rotation") timer.unref();
    this.#timers.set(name, timer);
  }

  #clearTimer(name: TimerName): void {
    this.#timers.get(name)?.cancel();
    this.#timers.delete(name);
  }

  #serve({ connection: number, lostAtMs, rotation }: Extract<LifecycleEffect, { type: "serve" }>): void {
    const open = this.#connections.get(number);
    if (open === undefined) return;
    const { connection, outcome } = open;
    const { counters, emitter, internals } = this.#context;
    counters.connectionsCount += 1;
    this.dispatcher.serve(connection);
    this.subscriptions.move(connection);
    if (lostAtMs !== undefined && outcome.resumed !== true) {
      emitter.emit("gap", {
        sinceMs: Math.round(internals.clock.now() - lostAtMs),
        subscriptions: this.subscriptions.size,
      });
    }
    if (rotation !== undefined) {
      counters.rotationsCount += 1;
      emitter.emit("rotation", { reason: rotation });
    }
    connection.serve(outcome.heartbeatIntervalMs);
    this.dispatcher.advance();
  }

  #drain(number: ConnectionNumber): void {
    const connection = this.#connections.get(number)?.connection;
    if (connection !== undefined) this.#drains.start(connection);
  }

  #terminate(number: ConnectionNumber): void {
    const connection = this.#connections.get(number)?.connection;
    if (connection === undefined) return;
    this.#connections.delete(number);
    this.#drains.stop(number);
    if (this.dispatcher.serving === connection) this.dispatcher.serve(undefined);
    if (this.#state.name === "closed") this.dispatcher.giveUp();
    connection.settle(this.#endFailure(connection.url));
    void connection.terminate();
  }

  /** The failure of calls in flight when the session ends. */
  #endFailure(url: string): CloseFailure {
    const { code = "DISPOSED" } = this.error ?? {};
    if (code === "DISPOSED" || code === "ABORTED") {
      return { code: "DISPOSED", message: "The session was closed", details: { url } };
    }
    return { code: "CONNECTION_CLOSED", message: "The session ended", details: { url, retryable: false } };
  }

  #finish(): void {
    if (this.dispatcher.open) this.error ??= this.#lossError;
    this.dispatcher.end(this.#refuse);
    this.subscriptions.finish(this.error);
    this.#host.finished(this.error);
  }

  /** The failure of every call on a closed session. */
  readonly #refuse: RefuseCall = (operation: Operation, sent) => {
    const { error } = this;
    if (error === undefined)
      return operation.fail("DISPOSED", "admission", "The session is closed", { sent });
    const { code, message, url, status, closeCode, closeReason } = error;
    const details = { sent, url, status, closeCode, closeReason, cause: error, retryable: false };
    return operation.fail(code, "connect", `The session has ended: ${message}`, details);
  };

  #emit(
    previous: SessionState,
    event: LifecycleEvent | undefined,
    effects: readonly LifecycleEffect[],
    attempt: number,
  ): void {
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
    if (state === "closed") emitter.end();
  }
}

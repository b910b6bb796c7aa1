import { defaultBackoff, retryDelayMs, rotationDelayMs } from "./delays.ts";
import type {
  ConnectionNumber,
  LifecycleEffect,
  LifecycleEvent,
  LifecycleSettings,
  LifecycleState,
  LifecycleStep,
  Rotation,
  ServingState,
} from "./state.ts";

type Of<Name extends LifecycleState["name"]> = Extract<LifecycleState, { readonly name: Name }>;
type On<Type extends LifecycleEvent["type"]> = Extract<LifecycleEvent, { readonly type: Type }>;

export const begin: LifecycleStep = {
  state: { name: "connecting", connection: 1, made: 1, attempt: 1, first: true },
  effects: [{ type: "open", connection: 1, attempt: 1 }],
};

/** The lifecycle of a session as a pure function: the next state, and what the supervisor must do. */
export function transition(
  settings: LifecycleSettings,
  state: LifecycleState,
  event: LifecycleEvent,
): LifecycleStep {
  switch (event.type) {
    case "opened":
      return opened(settings, state, event);
    case "failed":
      return failed(settings, state, event);
    case "lost":
      return lost(settings, state, event);
    case "drained":
      return drained(state, event);
    case "go-away":
      return goAway(settings, state, event);
    case "timer":
      return timer(state, event);
    case "close":
      return close(state);
    case "kill":
      return kill(state);
  }
}

function opened(settings: LifecycleSettings, state: LifecycleState, event: On<"opened">): LifecycleStep {
  if (state.name === "connecting" && state.connection === event.connection) {
    const { lostAtMs, made, retiring, attempt } = state;
    const next = {
      name: "ready",
      connection: event.connection,
      readyAtMs: event.atMs,
      attempt,
      hurried: 0,
      made,
      retiring,
      failures: 0,
    } as const;
    return {
      state: next,
      effects: [{ type: "serve", connection: event.connection, lostAtMs }, ...age(settings, event)],
    };
  }
  if (state.name === "rotating" && state.successor === event.connection) {
    const { connection: retiring, made, rotation } = state;
    const hurried =
      rotation.reason === "go-away" && !isStable(settings, state, event) ? state.hurried + 1 : 0;
    return {
      state: {
        name: "ready",
        connection: event.connection,
        readyAtMs: event.atMs,
        attempt: 1,
        hurried,
        made,
        retiring,
        failures: 0,
      },
      effects: [
        { type: "serve", connection: event.connection, rotation: rotation.reason },
        { type: "drain", connection: retiring },
        ...age(settings, event),
      ],
    };
  }
  // An abandoned attempt succeeded after all.
  return { state, effects: [{ type: "terminate", connection: event.connection }] };
}

function age(
  { maxAgeMs }: LifecycleSettings,
  { atMs, connectedAtMs, random }: On<"opened">,
): readonly LifecycleEffect[] {
  if (maxAgeMs === undefined) return [];
  const delayMs = rotationDelayMs(maxAgeMs, atMs - connectedAtMs, random);
  return [{ type: "set-timer", timer: "rotation", delayMs }];
}

function failed(settings: LifecycleSettings, state: LifecycleState, event: On<"failed">): LifecycleStep {
  if (state.name === "connecting" && state.connection === event.connection) {
    const { made, retiring, first, lostAtMs, attempt } = state;
    const once = first && settings.reconnect?.initial !== true;
    if (once || !mayTry(settings, attempt + 1, event)) return end(state, event.connection);
    return wait(settings, { name: "waiting", attempt: attempt + 1, made, retiring, first, lostAtMs }, event);
  }
  if (state.name === "rotating" && state.successor === event.connection) {
    const { connection, readyAtMs, attempt, hurried, made, rotation } = state;
    const failures = state.failures + 1;
    // Not with the same url: the one that the server named may be a ticket that is used up.
    const due = { reason: rotation.reason };
    const delayMs = retryDelayMs(settings, failures, event.random, event.retryAfterMs);
    return {
      state: { name: "ready", connection, readyAtMs, attempt, hurried, made, failures, due },
      // Even if the failure is not retryable: the old connection still serves, so there is nothing to lose.
      effects: [{ type: "set-timer", timer: "rotation", delayMs }],
    };
  }
  return same(state);
}

function lost(settings: LifecycleSettings, state: LifecycleState, event: On<"lost">): LifecycleStep {
  if (state.name === "closed") return same(state);
  if (state.name === "closing")
    return closing(state.connections.filter((connection) => connection !== event.connection));
  if (state.retiring === event.connection) return retired(settings, state, event);
  if (state.name === "ready" && state.connection === event.connection) return down(settings, state, event);
  if (state.name === "rotating" && state.connection === event.connection) {
    if (!event.retryable || settings.reconnect === undefined) return end(state, event.connection);
    // The successor becomes the reconnection.
    const { successor: connection, made, failures } = state;
    const attempt = failures + 1;
    return {
      state: { name: "connecting", connection, made, attempt, first: false, lostAtMs: sureUntilMs(event) },
      effects: [],
    };
  }
  return same(state);
}

/** The serving connection is lost. */
function down(settings: LifecycleSettings, state: Of<"ready">, event: On<"lost">): LifecycleStep {
  const { made, retiring } = state;
  const attempt = isStable(settings, state, event) ? 1 : state.attempt + 1;
  if (settings.reconnect === undefined || !mayTry(settings, attempt, event))
    return end(state, event.connection);
  const next = {
    name: "waiting",
    attempt,
    made,
    retiring,
    first: false,
    lostAtMs: sureUntilMs(event),
  } as const;
  const { state: waiting, effects } = wait(settings, next, event);
  return { state: waiting, effects: [{ type: "clear-timer", timer: "rotation" }, ...effects] };
}

function sureUntilMs({ lastSureMs, atMs }: On<"lost">): number {
  return lastSureMs ?? atMs;
}

function mayTry(
  { reconnect }: LifecycleSettings,
  attempt: number,
  { retryable }: { readonly retryable: boolean },
): boolean {
  return retryable && reconnect !== undefined && attempt <= reconnect.maxAttempts;
}

function wait(
  settings: LifecycleSettings,
  state: Of<"waiting">,
  event: On<"lost" | "failed">,
): LifecycleStep {
  const delayMs = retryDelayMs(settings, state.attempt, event.random, event.retryAfterMs);
  return { state, effects: [{ type: "set-timer", timer: "retry", delayMs }] };
}

/** The old connection of a rotation has ended; the next rotation may have waited for that. */
function retired(
  settings: LifecycleSettings,
  state: Exclude<LifecycleState, Of<"closing"> | Of<"closed">>,
  event: On<"lost">,
): LifecycleStep {
  const alone = { ...state, retiring: undefined };
  if (alone.name !== "ready" || alone.due === undefined) return same(alone);
  return rotateInTime(settings, alone, alone.due, event);
}

function rotate(state: Of<"ready">, rotation: Rotation): LifecycleStep {
  const { connection, readyAtMs, attempt, hurried, failures } = state;
  if (state.retiring !== undefined) return same({ ...state, due: rotation });
  const successor = state.made + 1;
  return {
    state: {
      name: "rotating",
      connection,
      readyAtMs,
      attempt,
      hurried,
      failures,
      made: successor,
      successor,
      rotation,
    },
    effects: [
      { type: "clear-timer", timer: "rotation" },
      { type: "open", connection: successor, attempt: failures + 1, url: rotation.url },
    ],
  };
}

function goAway(settings: LifecycleSettings, state: LifecycleState, event: On<"go-away">): LifecycleStep {
  if (state.name !== "ready" || state.connection !== event.connection || state.due !== undefined)
    return same(state);
  return rotateInTime(settings, state, { reason: "go-away", url: event.url }, event);
}

/** A server that sends a go-away to every new connection is followed with growing pauses, as if it refused them. */
function rotateInTime(
  settings: LifecycleSettings,
  state: Of<"ready">,
  rotation: Rotation,
  event: LifecycleEvent,
): LifecycleStep {
  const calm = state.hurried === 0 || isStable(settings, state, event);
  if (rotation.reason === "age" || calm || state.retiring !== undefined) return rotate(state, rotation);
  const delayMs = retryDelayMs(settings, state.hurried, event.random);
  return { state: { ...state, due: rotation }, effects: [{ type: "set-timer", timer: "rotation", delayMs }] };
}

function isStable(
  { reconnect }: LifecycleSettings,
  { readyAtMs }: ServingState,
  { atMs }: LifecycleEvent,
): boolean {
  return atMs - readyAtMs >= (reconnect ?? defaultBackoff).stableAfterMs;
}

function timer(state: LifecycleState, event: On<"timer">): LifecycleStep {
  if (state.name === "ready" && event.timer === "rotation")
    return rotate(state, state.due ?? { reason: "age" });
  if (state.name !== "waiting" || event.timer !== "retry") return same(state);
  const { attempt, first, lostAtMs, retiring } = state;
  const connection = state.made + 1;
  return {
    state: { name: "connecting", connection, made: connection, attempt, first, lostAtMs, retiring },
    effects: [{ type: "open", connection, attempt }],
  };
}

function drained(state: LifecycleState, { connection }: On<"drained">): LifecycleStep {
  const known =
    state.name === "closing"
      ? state.connections.includes(connection)
      : state.name !== "closed" && state.retiring === connection;
  return { state, effects: known ? [{ type: "close", connection }] : [] };
}

const clearTimers: readonly LifecycleEffect[] = [
  { type: "clear-timer", timer: "retry" },
  { type: "clear-timer", timer: "rotation" },
];

/** `close`: the serving connection finishes its calls, and attempts are abandoned. */
function close(state: LifecycleState): LifecycleStep {
  if (state.name === "closing" || state.name === "closed") return same(state);
  const serving = "readyAtMs" in state ? [state.connection] : [];
  const connections = state.retiring === undefined ? serving : [...serving, state.retiring];
  const step = closing(connections);
  const drains = serving.map((connection): LifecycleEffect => ({ type: "drain", connection }));
  return { state: step.state, effects: [...clearTimers, ...givenUp(state), ...drains, ...step.effects] };
}

function closing(connections: readonly ConnectionNumber[]): LifecycleStep {
  if (connections.length > 0) return { state: { name: "closing", connections }, effects: [] };
  return { state: { name: "closed" }, effects: [{ type: "finish" }] };
}

function kill(state: LifecycleState): LifecycleStep {
  return state.name === "closed" ? same(state) : end(state);
}

/** Ends the session at once. `gone`: the connection whose loss ended it. */
function end(state: Exclude<LifecycleState, Of<"closed">>, gone?: ConnectionNumber): LifecycleStep {
  const left = liveConnections(state).filter((connection) => connection !== gone);
  const terminations = left.map((connection): LifecycleEffect => ({ type: "terminate", connection }));
  const given = givenUp(state).filter((effect) => effect.connection !== gone);
  return {
    state: { name: "closed" },
    effects: [...clearTimers, ...given, ...terminations, { type: "finish" }],
  };
}

/** Abandons the attempts in progress. */
function givenUp(state: LifecycleState): readonly Extract<LifecycleEffect, { readonly type: "abandon" }>[] {
  if (state.name === "connecting") return [{ type: "abandon", connection: state.connection }];
  return state.name === "rotating" ? [{ type: "abandon", connection: state.successor }] : [];
}

/** The open connections of a state. */
function liveConnections(state: LifecycleState): readonly ConnectionNumber[] {
  if (state.name === "closed") return [];
  if (state.name === "closing") return state.connections;
  const serving = "readyAtMs" in state ? [state.connection] : [];
  return state.retiring === undefined ? serving : [...serving, state.retiring];
}

function same(state: LifecycleState): LifecycleStep {
  return { state, effects: [] };
}

import { retryDelayMs, rotationDelayMs, usual } from "./delays.ts";
import type { Effect, Event, LegId, LifecycleSettings, Rotation, Serving, State, Step } from "./state.ts";

type Of<Name extends State["name"]> = Extract<State, { readonly name: Name }>;
type On<Type extends Event["type"]> = Extract<Event, { readonly type: Type }>;

export const begin: Step = {
  state: { name: "connecting", leg: 1, made: 1, attempt: 1, first: true },
  effects: [{ type: "open", leg: 1, attempt: 1 }],
};

/** The life of a session as a function of what happens: it does nothing itself, it tells what is to be done. */
export function transition(settings: LifecycleSettings, state: State, event: Event): Step {
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

function opened(settings: LifecycleSettings, state: State, event: On<"opened">): Step {
  if (state.name === "connecting" && state.leg === event.leg) {
    const { lostAtMs, made, retiring, attempt } = state;
    const next = {
      name: "ready",
      leg: event.leg,
      readyAtMs: event.atMs,
      attempt,
      hurried: 0,
      made,
      retiring,
      failures: 0,
    } as const;
    return { state: next, effects: [{ type: "serve", leg: event.leg, lostAtMs }, ...age(settings, event)] };
  }
  if (state.name === "rotating" && state.successor === event.leg) {
    const { leg: retiring, made, rotation } = state;
    const hurried =
      rotation.reason === "go-away" && !isStable(settings, state, event) ? state.hurried + 1 : 0;
    return {
      state: {
        name: "ready",
        leg: event.leg,
        readyAtMs: event.atMs,
        attempt: 1,
        hurried,
        made,
        retiring,
        failures: 0,
      },
      effects: [
        { type: "serve", leg: event.leg, rotation: rotation.reason },
        { type: "drain", leg: retiring },
        ...age(settings, event),
      ],
    };
  }
  // An attempt that was given up came through all the same.
  return { state, effects: [{ type: "terminate", leg: event.leg }] };
}

function age(
  { maxAgeMs }: LifecycleSettings,
  { atMs, connectedAtMs, random }: On<"opened">,
): readonly Effect[] {
  if (maxAgeMs === undefined) return [];
  const delayMs = rotationDelayMs(maxAgeMs, atMs - connectedAtMs, random);
  return [{ type: "set-timer", timer: "rotation", delayMs }];
}

function failed(settings: LifecycleSettings, state: State, event: On<"failed">): Step {
  if (state.name === "connecting" && state.leg === event.leg) {
    const { made, retiring, first, lostAtMs, attempt } = state;
    const once = first && settings.reconnect?.initial !== true;
    if (once || !mayTry(settings, attempt + 1, event)) return end(state, event.leg);
    return wait(settings, { name: "waiting", attempt: attempt + 1, made, retiring, first, lostAtMs }, event);
  }
  if (state.name === "rotating" && state.successor === event.leg) {
    const { leg, readyAtMs, attempt, hurried, made, rotation } = state;
    const failures = state.failures + 1;
    // Not to the same url: what the server named once may be a ticket that is used up.
    const due = { reason: rotation.reason };
    const delayMs = retryDelayMs(settings, failures, event.random, event.retryAfterMs);
    return {
      state: { name: "ready", leg, readyAtMs, attempt, hurried, made, failures, due },
      // Also where no other attempt seems of use: there is a connection that serves, and nothing to lose.
      effects: [{ type: "set-timer", timer: "rotation", delayMs }],
    };
  }
  return same(state);
}

function lost(settings: LifecycleSettings, state: State, event: On<"lost">): Step {
  if (state.name === "closed") return same(state);
  if (state.name === "closing") return closing(state.legs.filter((leg) => leg !== event.leg));
  if (state.retiring === event.leg) return retired(settings, state, event);
  if (state.name === "ready" && state.leg === event.leg) return down(settings, state, event);
  if (state.name === "rotating" && state.leg === event.leg) {
    if (!event.retryable || settings.reconnect === undefined) return end(state, event.leg);
    // The successor that is being made is the reconnection now.
    const { successor: leg, made, failures } = state;
    const attempt = failures + 1;
    return {
      state: { name: "connecting", leg, made, attempt, first: false, lostAtMs: sureUntilMs(event) },
      effects: [],
    };
  }
  return same(state);
}

/** The connection that served is gone. */
function down(settings: LifecycleSettings, state: Of<"ready">, event: On<"lost">): Step {
  const { made, retiring } = state;
  const attempt = isStable(settings, state, event) ? 1 : state.attempt + 1;
  if (settings.reconnect === undefined || !mayTry(settings, attempt, event)) return end(state, event.leg);
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

function wait(settings: LifecycleSettings, state: Of<"waiting">, event: On<"lost" | "failed">): Step {
  const delayMs = retryDelayMs(settings, state.attempt, event.random, event.retryAfterMs);
  return { state, effects: [{ type: "set-timer", timer: "retry", delayMs }] };
}

/** The old connection of a rotation is gone; the next rotation may have waited for that. */
function retired(
  settings: LifecycleSettings,
  state: Exclude<State, Of<"closing"> | Of<"closed">>,
  event: On<"lost">,
): Step {
  const alone = { ...state, retiring: undefined };
  if (alone.name !== "ready" || alone.due === undefined) return same(alone);
  return rotateInTime(settings, alone, alone.due, event);
}

function rotate(state: Of<"ready">, rotation: Rotation): Step {
  const { leg, readyAtMs, attempt, hurried, failures } = state;
  if (state.retiring !== undefined) return same({ ...state, due: rotation });
  const successor = state.made + 1;
  return {
    state: {
      name: "rotating",
      leg,
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
      { type: "open", leg: successor, attempt: failures + 1, url: rotation.url },
    ],
  };
}

function goAway(settings: LifecycleSettings, state: State, event: On<"go-away">): Step {
  if (state.name !== "ready" || state.leg !== event.leg || state.due !== undefined) return same(state);
  return rotateInTime(settings, state, { reason: "go-away", url: event.url }, event);
}

/** A server that sends every new connection away is followed with pauses that grow, as if it refused them. */
function rotateInTime(
  settings: LifecycleSettings,
  state: Of<"ready">,
  rotation: Rotation,
  event: Event,
): Step {
  const calm = state.hurried === 0 || isStable(settings, state, event);
  if (rotation.reason === "age" || calm || state.retiring !== undefined) return rotate(state, rotation);
  const delayMs = retryDelayMs(settings, state.hurried, event.random);
  return { state: { ...state, due: rotation }, effects: [{ type: "set-timer", timer: "rotation", delayMs }] };
}

function isStable({ reconnect }: LifecycleSettings, { readyAtMs }: Serving, { atMs }: Event): boolean {
  return atMs - readyAtMs >= (reconnect ?? usual).stableAfterMs;
}

function timer(state: State, event: On<"timer">): Step {
  if (state.name === "ready" && event.timer === "rotation")
    return rotate(state, state.due ?? { reason: "age" });
  if (state.name !== "waiting" || event.timer !== "retry") return same(state);
  const { attempt, first, lostAtMs, retiring } = state;
  const leg = state.made + 1;
  return {
    state: { name: "connecting", leg, made: leg, attempt, first, lostAtMs, retiring },
    effects: [{ type: "open", leg, attempt }],
  };
}

function drained(state: State, { leg }: On<"drained">): Step {
  const known =
    state.name === "closing" ? state.legs.includes(leg) : state.name !== "closed" && state.retiring === leg;
  return { state, effects: known ? [{ type: "close", leg }] : [] };
}

const clearTimers: readonly Effect[] = [
  { type: "clear-timer", timer: "retry" },
  { type: "clear-timer", timer: "rotation" },
];

/** The caller's close: what serves finishes its calls, what is only being made is given up. */
function close(state: State): Step {
  if (state.name === "closing" || state.name === "closed") return same(state);
  const serving = "readyAtMs" in state ? [state.leg] : [];
  const legs = state.retiring === undefined ? serving : [...serving, state.retiring];
  const step = closing(legs);
  const drains = serving.map((leg): Effect => ({ type: "drain", leg }));
  return { state: step.state, effects: [...clearTimers, ...givenUp(state), ...drains, ...step.effects] };
}

function closing(legs: readonly LegId[]): Step {
  if (legs.length > 0) return { state: { name: "closing", legs }, effects: [] };
  return { state: { name: "closed" }, effects: [{ type: "finish" }] };
}

function kill(state: State): Step {
  return state.name === "closed" ? same(state) : end(state);
}

/** For good, and at once. `gone`: the connection whose end it is. */
function end(state: Exclude<State, Of<"closed">>, gone?: LegId): Step {
  const left = liveLegs(state).filter((leg) => leg !== gone);
  const terminations = left.map((leg): Effect => ({ type: "terminate", leg }));
  const given = givenUp(state).filter((effect) => effect.leg !== gone);
  return {
    state: { name: "closed" },
    effects: [...clearTimers, ...given, ...terminations, { type: "finish" }],
  };
}

/** Attempts under way. */
function givenUp(state: State): readonly Extract<Effect, { readonly type: "abandon" }>[] {
  if (state.name === "connecting") return [{ type: "abandon", leg: state.leg }];
  return state.name === "rotating" ? [{ type: "abandon", leg: state.successor }] : [];
}

/** Connections that are open as far as the state knows. */
function liveLegs(state: State): readonly LegId[] {
  if (state.name === "closed") return [];
  if (state.name === "closing") return state.legs;
  const serving = "readyAtMs" in state ? [state.leg] : [];
  return state.retiring === undefined ? serving : [...serving, state.retiring];
}

function same(state: State): Step {
  return { state, effects: [] };
}

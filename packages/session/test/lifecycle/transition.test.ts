import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { LifecycleEvent, LifecycleSettings } from "../../src/lifecycle/state.ts";
import { World } from "../support/lifecycle-model.ts";

const reconnect = {
  baseDelayMs: 100,
  maxDelayMs: 1_000,
  stableAfterMs: 10_000,
  maxAttempts: Number.POSITIVE_INFINITY,
  initial: false,
};

const settingsOf: fc.Arbitrary<LifecycleSettings> = fc.record({
  reconnect: fc.option(
    fc.record({
      baseDelayMs: fc.constant(100),
      maxDelayMs: fc.constant(1_000),
      stableAfterMs: fc.constantFrom(0, 10_000),
      maxAttempts: fc.constantFrom(1, 3, Number.POSITIVE_INFINITY),
      initial: fc.boolean(),
    }),
    { nil: undefined },
  ),
  maxAgeMs: fc.option(fc.constantFrom(1_000, 60_000), { nil: undefined }),
});

/** A random step; `pick` chooses among the existing sockets and timers. */
const stepOf = fc.record({
  type: fc.constantFrom(
    "opened",
    "opened",
    "failed",
    "lost",
    "lost",
    "drained",
    "go-away",
    "timer",
    "timer",
    "close",
    "kill",
  ),
  pick: fc.nat(10),
  passMs: fc.constantFrom(0, 1, 500, 20_000),
  random: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  retryable: fc.boolean(),
  retryAfterMs: fc.option(fc.constantFrom(0, 5_000), { nil: undefined }),
  /** Includes impossible events, of sockets that are gone. */
  stale: fc.boolean(),
});

type StepOf = typeof stepOf extends fc.Arbitrary<infer One> ? One : never;

/** The event of a step, if it can happen in this world. */
function eventOf(
  world: World,
  { type, pick, random, retryable, retryAfterMs, stale }: StepOf,
): LifecycleEvent | undefined {
  const at = { atMs: world.nowMs, random };
  const choose = <One>(ones: readonly One[]): One | undefined => ones[pick % Math.max(1, ones.length)];
  const connectionsIn = (...wanted: readonly string[]): number | undefined =>
    choose(
      [...world.connections]
        .filter(([, connection]) => wanted.includes(connection))
        .map(([connection]) => connection),
    );
  const gone = stale ? 1_000 + pick : undefined;
  switch (type) {
    case "opened": {
      const connection = connectionsIn("opening");
      return connection === undefined ? undefined : { ...at, type, connection, connectedAtMs: world.nowMs };
    }
    case "failed": {
      const connection = connectionsIn("opening") ?? gone;
      return connection === undefined ? undefined : { ...at, type, connection, retryable, retryAfterMs };
    }
    case "lost": {
      const connection = connectionsIn("open", "draining", "closing") ?? gone;
      return connection === undefined ? undefined : { ...at, type, connection, retryable, retryAfterMs };
    }
    case "drained":
    case "go-away": {
      const connection = connectionsIn(...(type === "drained" ? ["draining"] : ["open", "draining"])) ?? gone;
      return connection === undefined ? undefined : { ...at, type, connection };
    }
    case "timer": {
      const timer = choose([...world.timers.keys()]);
      return timer === undefined ? undefined : { ...at, type, timer };
    }
    default:
      return { ...at, type: type === "kill" ? "kill" : "close" };
  }
}

describe("the lifecycle, whatever happens", () => {
  it("It owns one socket, or two during a rotation, does nothing after its end, and never gets stuck", () => {
    fc.assert(
      fc.property(settingsOf, fc.array(stepOf, { maxLength: 60, size: "max" }), (settings, steps) => {
        const world = new World(settings);
        for (const step of steps) {
          world.nowMs += step.passMs;
          const event = eventOf(world, step);
          if (event !== undefined) world.happen(event);
        }
        expect(world.faults).toEqual([]);
      }),
      { numRuns: 2_000 },
    );
  });

  it("From every state, close and the ends of its sockets lead to closed", () => {
    fc.assert(
      fc.property(settingsOf, fc.array(stepOf, { maxLength: 40, size: "max" }), (settings, steps) => {
        const world = new World(settings);
        for (const step of steps) {
          world.nowMs += step.passMs;
          const event = eventOf(world, step);
          if (event !== undefined) world.happen(event);
        }
        world.happen({ type: "close", atMs: world.nowMs, random: 0 });
        for (const connection of [...world.connections.keys()]) {
          world.happen({ type: "lost", connection, retryable: true, atMs: world.nowMs, random: 0 });
        }
        expect(world.state.name).toBe("closed");
        expect(world.faults).toEqual([]);
      }),
      { numRuns: 1_000 },
    );
  });

  it("It reconnects after every retryable loss and serves again", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(5), fc.nat(20_000)), { maxLength: 30, size: "max" }), (losses) => {
        const world = new World({ reconnect: { ...reconnect, initial: true }, maxAgeMs: undefined });
        for (const [failures, servedMs] of losses) {
          for (let failure = 0; failure < failures; failure += 1) {
            const connection = [...world.connections.keys()][0] ?? 0;
            world.happen({ type: "failed", connection, retryable: true, atMs: world.nowMs, random: 0.5 });
            world.happen({ type: "timer", timer: "retry", atMs: world.nowMs, random: 0.5 });
          }
          const connection = [...world.connections.keys()][0] ?? 0;
          world.happen({
            type: "opened",
            connection,
            connectedAtMs: world.nowMs,
            atMs: world.nowMs,
            random: 0.5,
          });
          expect(world.serving).toBe(connection);
          world.nowMs += servedMs;
          world.happen({ type: "lost", connection, retryable: true, atMs: world.nowMs, random: 0.5 });
          world.happen({ type: "timer", timer: "retry", atMs: world.nowMs, random: 0.5 });
        }
        expect(world.faults).toEqual([]);
        expect(world.state.name).toBe("connecting");
      }),
    );
  });
});

describe("the pauses between attempts", () => {
  const at = { atMs: 0, random: 1 } as const;

  function failing(world: World, times: number, retryAfterMs?: number): readonly number[] {
    for (let failure = 0; failure < times; failure += 1) {
      const connection = [...world.connections.keys()][0] ?? 0;
      world.happen({ ...at, type: "failed", connection, retryable: true, retryAfterMs });
      world.happen({ ...at, type: "timer", timer: "retry" });
    }
    return world.delays;
  }

  it("Pauses double up to maxDelayMs, with full jitter", () => {
    const world = new World({ reconnect: { ...reconnect, initial: true }, maxAgeMs: undefined });
    expect(failing(world, 6)).toEqual([200, 400, 800, 1_000, 1_000, 1_000]);
  });

  it("Pauses are at least the server's retryAfterMs", () => {
    const world = new World({ reconnect: { ...reconnect, initial: true }, maxAgeMs: undefined });
    expect(failing(world, 2, 5_000)).toEqual([5_000, 5_000]);
  });

  it("Pauses start over only after a stable connection", () => {
    const world = new World({ reconnect, maxAgeMs: undefined });
    const serve = (servedMs: number): void => {
      const connection = [...world.connections.keys()][0] ?? 0;
      world.happen({ type: "opened", connection, connectedAtMs: world.nowMs, atMs: world.nowMs, random: 1 });
      world.nowMs += servedMs;
      world.happen({ type: "lost", connection, retryable: true, atMs: world.nowMs, random: 1 });
      world.happen({ type: "timer", timer: "retry", atMs: world.nowMs, random: 1 });
    };
    for (const servedMs of [10_000, 9_999, 9_999, 10_000]) serve(servedMs);
    expect(world.delays).toEqual([100, 200, 400, 100]);
  });
});

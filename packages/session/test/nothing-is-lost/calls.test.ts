import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { run } from "../support/random-session.ts";
import { unhandledRejections } from "../support/unhandled.ts";

const callArb = fc.record({
  do: fc.constant("call" as const),
  method: fc.constantFrom("echo", "hold", "fail"),
  timeoutMs: fc.constantFrom(0, 30, 400, 5_000),
  idempotent: fc.boolean(),
  abortable: fc.boolean(),
});

const stepArb = fc.oneof(
  { weight: 8, arbitrary: callArb },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("pass" as const),
      ms: fc.constantFrom(0, 1, 40, 300, 1_000, 4_000),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom(
        ...([
          "answer",
          "answer all",
          "answer twice",
          "abort",
          "drop",
          "fatal",
          "too big",
          "go-away",
        ] as const),
        ...(["down", "up", "mute", "unmute", "refuse", "limit", "grant", "break", "heal"] as const),
      ),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("freeze" as const), ms: fc.constantFrom(1_500, 60_000) }),
  },
);

describe("whatever happens", () => {
  it("Each call has one result, and its sent state is true", async () => {
    const unhandled = unhandledRejections();
    const ends = fc.constantFrom("close" as const, "close at once" as const, "dispose" as const);
    await fc.assert(fc.asyncProperty(fc.array(stepArb, { maxLength: 50, size: "max" }), ends, run), {
      numRuns: 400,
    });
    expect(await unhandled()).toEqual([]);
  }, 60_000);
});

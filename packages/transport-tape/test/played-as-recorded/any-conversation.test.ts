import { describe, expect, it } from "vitest";
import { recorded, replayed } from "../../src/index.ts";
import { again, comparable, networkFor, stepsOf, talk, withCodes } from "../support/conversation.ts";
import { Dice } from "../support/dice.ts";
import { newTape } from "../support/tapes.ts";
import { expectNothingUnhandled } from "../support/unhandled.ts";

expectNothingUnhandled();

describe("a conversation that is recorded, replayed and recorded again", () => {
  it("gives the same tape apart from the times, for random conversations", async () => {
    for (let seed = 0; seed < 300; seed += 1) {
      const steps = stepsOf(new Dice(seed));
      const [first, second] = [newTape(), newTape()];
      const { transport, peerOf } = networkFor(steps);
      const original = recorded(transport, first);
      const { acts } = await talk(steps, original, peerOf);
      await original.dispose();
      if (acts.length === 0) continue;
      const replay = replayed(first);
      const copy = recorded(replay, second);
      await again(acts, copy);
      await copy.dispose();
      expect(replay.partings, `seed ${seed}`).toEqual([]);
      replay.verify();
      expect(comparable(second), `seed ${seed}`).toEqual(comparable(first));
    }
  });

  it("reaches its caller unchanged when nothing in it is secret", async () => {
    for (let seed = 1_000; seed < 1_100; seed += 1) {
      const steps = stepsOf(new Dice(seed)).filter((step) => !JSON.stringify(step).includes("token"));
      const tape = newTape();
      const { transport, peerOf } = networkFor(steps);
      const original = recorded(transport, tape);
      const { acts, heard } = await talk(steps, original, peerOf);
      await original.dispose();
      if (acts.length === 0) continue;
      expect(withCodes(await again(acts, replayed(tape))), `seed ${seed}`).toEqual(withCodes(heard));
    }
  });
});

import { transportErrorCodes } from "@outsock/core";
import { createMemoryNetwork } from "@outsock/transport-memory";
import { describe, expect, it } from "vitest";
import { type Fault, type FaultScript, faulty } from "../src/index.ts";
import { faultyFixture, heard, request } from "./support/faulty-fixture.ts";

/** As a program that the compiler has not seen. */
function scripted(...script: unknown[]): () => unknown {
  return () => Reflect.apply(faulty, undefined, [createMemoryNetwork().transport(), script]);
}

const fine: Fault = { fault: "drop", on: "in" };

describe("an invalid script", () => {
  it.each<[string, unknown, RegExp]>([
    ["no object", "drop", /rule 1: fault must be one of refuse, stall/],
    ["nothing", undefined, /rule 1: fault must be/],
    ["an unknown fault", { fault: "gremlin" }, /rule 1: fault must be/],
    ["a fault out of a prototype", { fault: "toString" }, /rule 1: fault must be/],
    ["an unknown field", { fault: "drop", on: "in", after: 3 }, /rule 1 \(drop\): unknown option "after"/],
    ["a field of another fault", { fault: "stall", ms: 3 }, /rule 1 \(stall\): unknown option "ms"/],
    ["a direction that is missing", { fault: "drop" }, /rule 1 \(drop\): on missing/],
    ["a direction that is none", { fault: "drop", on: "open" }, /rule 1 \(drop\): on must be/],
    ["a moment that is none", { fault: "cut", on: "both" }, /rule 1 \(cut\): on must be/],
    ["a time that is missing", { fault: "late" }, /rule 1 \(late\): on and ms missing/],
    ["a time that is negative", { fault: "delay", on: "in", ms: -1 }, /rule 1 \(delay\): ms must be/],
    ["a pair the wrong way round", { fault: "slow-open", ms: [2, 1] }, /rule 1 \(slow-open\): ms must be/],
    ["a pair of three", { fault: "slow-close", ms: [1, 2, 3] }, /rule 1 \(slow-close\): ms must be/],
    ["a count of none", { fault: "flood", count: 0 }, /rule 1 \(flood\): count must be/],
    ["a message that is none", { fault: "flood", count: 1, message: 7 }, /rule 1 \(flood\): message must be/],
    ["a code that no open fails with", { fault: "refuse", code: "RATE_LIMITED" }, /rule 1 \(refuse\): code/],
    ["a status that is none", { fault: "refuse", status: 7 }, /rule 1 \(refuse\): status must be/],
    ["a code of no Close frame", { fault: "close", on: "in", code: 1006 }, /rule 1 \(close\): code must be/],
    ["channel 0", { ...fine, channel: 0 }, /rule 1 \(drop\): channel must be/],
    ["no channel", { ...fine, channel: [] }, /rule 1 \(drop\): channel must be/],
    ["a negative skip", { ...fine, skip: -1 }, /rule 1 \(drop\): skip must be/],
    ["every 0th", { ...fine, every: 0 }, /rule 1 \(drop\): every must be/],
    ["a chance above 1", { ...fine, chance: 1.1 }, /rule 1 \(drop\): chance must be/],
    ["a chance that is no number", { ...fine, chance: Number.NaN }, /rule 1 \(drop\): chance must be/],
    ["half a time", { ...fine, times: 0.5 }, /rule 1 \(drop\): times must be/],
    ["when at a fault without", { ...fine, when: "after" }, /rule 1 \(drop\): unknown option "when"/],
  ])("is reported with the rule's index: %s", (_, rule, message) => {
    expect(scripted(fine, rule)).toThrow(TypeError);
    expect(scripted(fine, rule)).toThrow(message);
  });

  it.each(transportErrorCodes)("is not rejected for the code %s", (code) => {
    expect(scripted({ fault: "refuse", code })).not.toThrow();
  });

  it("is reported without the script's values", () => {
    expect(scripted({ fault: "close", on: "hunter2" })).toThrow(/^(?!.*hunter2)/);
  });

  it("is reported, as are other invalid arguments", () => {
    const transport = createMemoryNetwork().transport();
    const call =
      (...given: unknown[]) =>
      () =>
        Reflect.apply(faulty, undefined, given);
    expect(call(undefined, [])).toThrow(/^faulty: the transport must be/);
    expect(call(transport, {})).toThrow(/^faulty: the script must be an array/);
    expect(call(transport, [], 1.5)).toThrow(/^faulty: the seed must be an integer/);
    expect(call(transport, [], "1")).toThrow(/^faulty: the seed must be an integer/);
    expect(call(transport, [], 1, { clocks: 1 })).toThrow(/unknown option "clocks"/);
    expect(call(transport, [], 1, { clock: {} })).toThrow(/clock must be/);
  });
});

it("later changes of a script have no effect", async () => {
  const message = new TextEncoder().encode("as it was");
  const channel = [1];
  const script: Fault[] = [{ fault: "flood", count: 1, message, channel }];
  const { transport, peers, clock } = faultyFixture(script);
  script.push({ fault: "refuse" });
  channel.push(2);
  message.fill(0);
  for (const expected of [["hi", "as it was"], ["hi"]]) {
    const texts: string[] = [];
    await transport.open(request(), { ...heard(), message: (received) => texts.push(received.text()) });
    peers.at(-1)?.send("hi");
    await clock.advance(0);
    expect(texts).toEqual(expected);
  }
});

describe("a rule applies to some opens or messages", () => {
  /** The numbers, from 1 to 12, of the messages of one open that this rule drops. */
  async function dropped(
    filter: Omit<Fault, "fault">,
    opens = 1,
  ): Promise<readonly (number | undefined)[][]> {
    const script: FaultScript = [{ fault: "drop", on: "out", ...filter }];
    const { transport } = faultyFixture(script);
    for (let open = 0; open < opens; open += 1) {
      const channel = await transport.open(request(), heard());
      for (let message = 0; message < 12; message += 1) channel.send("x");
    }
    return Array.from({ length: opens }, (_, index) =>
      transport.faults.filter(({ channel }) => channel === index + 1).map(({ message }) => message),
    );
  }

  it("by skip, every and times, separately for each open", async () => {
    expect(await dropped({ skip: 10 })).toEqual([[11, 12]]);
    expect(await dropped({ every: 5 })).toEqual([[5, 10]]);
    expect(await dropped({ skip: 2, every: 4, times: 2 }, 2)).toEqual([
      [6, 10],
      [6, 10],
    ]);
  });

  it("by channel", async () => {
    expect(await dropped({ channel: 2, times: 1 }, 3)).toEqual([[], [1], []]);
    expect(await dropped({ channel: [1, 3], times: 1 }, 3)).toEqual([[1], [], [1]]);
  });

  it("by chance, where times counts the applications", async () => {
    expect(await dropped({ chance: 0 })).toEqual([[]]);
    expect((await dropped({ chance: 1 }))[0]).toHaveLength(12);
    expect((await dropped({ chance: 0.6, times: 3 }))[0]).toHaveLength(3);
  });

  it("by counting opens for faults of opens", async () => {
    const { transport } = faultyFixture([{ fault: "refuse", skip: 1, every: 2, times: 2 }]);
    const outcomes: boolean[] = [];
    for (let open = 0; open < 8; open += 1) {
      outcomes.push(await transport.open(request(), heard()).then(Boolean, () => false));
    }
    expect(outcomes).toEqual([true, true, false, true, false, true, true, true]);
  });
});

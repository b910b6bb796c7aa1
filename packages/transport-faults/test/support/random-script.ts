import fc from "fast-check";
import type { Fault, FaultScript } from "../../src/index.ts";

const direction = fc.constantFrom("in", "out", "both");
const moment = fc.constantFrom("open", "in", "out");
const when = fc.constantFrom("before", "after");
const ms = fc.oneof(fc.integer({ min: 0, max: 3_000 }), fc.constant<[number, number]>([1, 900]));

/** A rule of each kind, without a filter. */
const faults = fc.oneof(
  fc.record({ fault: fc.constant("refuse"), status: fc.constant(503) }),
  fc.record({ fault: fc.constant("stall") }),
  fc.record({ fault: fc.constantFrom("slow-open", "slow-close"), ms }),
  fc.record({ fault: fc.constantFrom("delay", "late"), on: direction, ms }),
  fc.record({ fault: fc.constantFrom("drop", "duplicate", "corrupt"), on: direction }),
  fc.record({ fault: fc.constant("flood"), count: fc.integer({ min: 1, max: 40 }) }),
  fc.record({ fault: fc.constantFrom("cut", "half-open", "close", "mute"), on: moment, when }),
);

const filters = fc.record(
  {
    channel: fc.integer({ min: 1, max: 3 }),
    skip: fc.nat({ max: 3 }),
    every: fc.integer({ min: 1, max: 3 }),
    times: fc.integer({ min: 1, max: 3 }),
    chance: fc.double({ min: 0, max: 1, noNaN: true }),
  },
  { requiredKeys: [] },
);

export const scripts: fc.Arbitrary<FaultScript> = fc.array(
  fc.tuple(faults, filters).map(([fault, filter]): Fault => ({ ...fault, ...filter })),
  { maxLength: 5, size: "max" },
);

import type { Measurement } from "../measurement.ts";
import { bookkeeping } from "./bookkeeping.ts";
import { cold } from "./cold.ts";
import { importing } from "./import.ts";
import { latency } from "./latency.ts";
import { limiter } from "./limiter.ts";
import { manyConnections } from "./many-connections.ts";
import { memory } from "./memory.ts";
import { multiplexed } from "./multiplexed.ts";
import { receiveThroughput } from "./receive.ts";
import { roundTrip } from "./round-trip.ts";
import { sends } from "./sends.ts";
import { sharedLimiter } from "./shared-limiter.ts";
import { sinks } from "./sinks.ts";
import { warm } from "./warm.ts";

/** In the order of the table. */
export const measurements: readonly Measurement[] = [
  roundTrip,
  latency,
  sends,
  multiplexed,
  warm,
  cold,
  receiveThroughput,
  importing,
  memory,
  manyConnections,
  limiter,
  sharedLimiter,
  sinks,
  bookkeeping,
];

import { slidingWindow } from "@outsock/core";
import { alternate, type Contender, ratios } from "../harness/alternate.ts";
import type { ServerAddress } from "../harness/start-server.ts";
import { atMost, type Effort, type Measurement, type Sampled } from "../measurement.ts";

const decisionsInBlock = 20_000;
const windowMs = 1_000;

/** Decisions of a limiter whose window is full, each at the moment when the oldest permit expires. */
export const limiter: Measurement = {
  id: "limiter",
  processes: 3,
  rows: [
    {
      id: "limiter",
      name: "one decision of the rate limiter, time to an array with shift",
      limit: atMost(0.5, 0.25),
    },
    {
      id: "limiter-flat",
      name: "one decision at 30,000 permits, time to one at 300",
      limit: atMost(1.5, 1.1),
    },
  ],

  async measure(_address: ServerAddress, effort: Effort): Promise<Sampled> {
    const contenders = [
      contender("array", 300, arrayLimiter(300)),
      contender("ring", 300, ringLimiter(300)),
      contender("large ring", 30_000, ringLimiter(30_000)),
    ];
    const readings = await alternate(contenders, effort === "full" ? 60 : 20);
    return {
      samples: {
        limiter: ratios(readings, "ring", "array"),
        "limiter-flat": ratios(readings, "large ring", "ring"),
      },
    };
  },
};

type Decide = (nowMs: number) => boolean;

function contender(name: string, limit: number, decide: Decide): Contender {
  let nowMs = 0;
  const stepMs = windowMs / limit;
  const block = async (): Promise<void> => {
    let allowed = 0;
    for (let i = 0; i < decisionsInBlock; i += 1) {
      nowMs += stepMs;
      if (decide(nowMs)) allowed += 1;
    }
    if (allowed < decisionsInBlock / 2) throw new Error(`${name} rejected most of the decisions`);
  };
  return { name, operations: decisionsInBlock, block };
}

function ringLimiter(limit: number): Decide {
  const ring = slidingWindow({ limit, windowMs });
  return (now) => {
    const decision = ring.acquire(1, { now });
    return "allowed" in decision && decision.allowed;
  };
}

/** The usual hand-written limiter: timestamps in an array, with old ones shifted out. */
function arrayLimiter(limit: number): Decide {
  const times: number[] = [];
  return (nowMs) => {
    for (let first = times[0]; first !== undefined && first <= nowMs - windowMs; first = times[0])
      times.shift();
    if (times.length >= limit) return false;
    times.push(nowMs);
    return true;
  };
}

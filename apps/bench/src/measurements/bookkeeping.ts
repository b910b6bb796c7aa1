import { getEventListeners } from "node:events";
import { systemClock } from "@outsock/core";
import { createManager, openManaged } from "../clients/managed.ts";
import { message } from "../clients/messages.ts";
import type { ServerAddress } from "../harness/start-server.ts";
import { atMost, type Effort, type Measurement, type Sampled } from "../measurement.ts";

const operations = 10_000;

/** Counts what operations must not leave behind. */
export const bookkeeping: Measurement = {
  id: "bookkeeping",
  processes: 1,
  rows: [
    {
      id: "timers",
      name: "timers armed by 10,000 operations, after the first",
      unit: "",
      limit: atMost(0, 0),
    },
    { id: "listeners", name: "listeners left on their signal", unit: "", limit: atMost(0, 0) },
    {
      id: "clock-reads",
      name: "clock reads of a send; a receive that waits has one more",
      unit: "",
      limit: atMost(1, 1),
    },
  ],

  async measure({ ws }: ServerAddress, _effort: Effort): Promise<Sampled> {
    const counts = { timers: 0, reads: 0 };
    const clock = {
      now() {
        counts.reads += 1;
        return systemClock.now();
      },
      schedule(delayMs: number, run: () => void) {
        counts.timers += 1;
        return systemClock.schedule(delayMs, run);
      },
    };
    const { manager, connection } = await openManaged(`${ws}/echo`, createManager({ clock }));
    const { signal } = new AbortController();
    const setTimeoutBefore = globalThis.setTimeout;
    const exchange = async () => {
      await manager.send(connection, message, { signal });
      await manager.receive(connection, { signal, timeoutMs: 60_000 });
    };
    await exchange();
    counts.timers = 0;
    globalThis.setTimeout = counting(setTimeoutBefore, counts);
    for (let done = 0; done < operations; done += 2) await exchange();
    globalThis.setTimeout = setTimeoutBefore;
    const { timers } = counts;
    counts.reads = 0;
    await manager.send(connection, message);
    return {
      samples: {
        timers: [timers],
        listeners: [getEventListeners(signal, "abort").length],
        "clock-reads": [counts.reads],
      },
    };
  },
};

/** Counts the timers of the transport and of ws as well, but not those of Node itself. */
function counting(original: typeof setTimeout, counts: { timers: number }): typeof setTimeout {
  const counted = (...args: Parameters<typeof setTimeout>) => {
    counts.timers += 1;
    return original(...args);
  };
  return Object.assign(counted, original);
}

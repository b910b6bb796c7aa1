import { createManager, openManaged } from "../clients/managed.ts";
import { message } from "../clients/messages.ts";
import { openRaw, RawConversation } from "../clients/raw-ws.ts";
import type { ServerAddress } from "../harness/start-server.ts";
import type { Effort, Measurement, Point, Sampled } from "../measurement.ts";
import { quantileOf } from "../report/quartiles.ts";

const shares = [0.01, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999] as const;
const roundTrips = { full: 20_000, coarse: 2_000 };

/** The distribution of single round trips. The two clients take turns, one message each. */
export const latency: Measurement = {
  id: "latency",
  processes: 1,
  rows: [
    { id: "latency-p50", name: "send + receive, the median round trip, time to raw ws" },
    { id: "latency-p99", name: "send + receive, the 99th percentile, time to raw ws" },
  ],

  async measure({ ws }: ServerAddress, effort: Effort): Promise<Sampled> {
    const conversation = new RawConversation(await openRaw(`${ws}/echo`));
    const { manager, connection } = await openManaged(`${ws}/echo`, createManager());
    const raw: number[] = [];
    const managed: number[] = [];
    for (let turn = -1_000; turn < roundTrips[effort]; turn += 1) {
      const rawUs = await microseconds(() => conversation.ask(message));
      const managedUs = await microseconds(async () => {
        await manager.send(connection, message);
        await manager.receive(connection);
      });
      if (turn < 0) continue;
      raw.push(rawUs);
      managed.push(managedUs);
    }
    const ratioAt = (share: number) => [quantileOf(managed, share) / quantileOf(raw, share)];
    return {
      samples: { "latency-p50": ratioAt(0.5), "latency-p99": ratioAt(0.99) },
      series: { "latency/raw ws": percentiles(raw), "latency/Outsock": percentiles(managed) },
    };
  },
};

async function microseconds(act: () => Promise<unknown>): Promise<number> {
  const startNs = process.hrtime.bigint();
  await act();
  return Number(process.hrtime.bigint() - startNs) / 1_000;
}

function percentiles(times: readonly number[]): readonly Point[] {
  return shares.map((share): Point => [share, quantileOf(times, share)]);
}

import { unwrap } from "@outsock/core";
import { testCa } from "@outsock/transport-contract/node-peer";
import { pooled } from "@outsock/transport-pool";
import { wsTransport } from "@outsock/transport-ws";
import { createManager } from "../clients/managed.ts";
import { message } from "../clients/messages.ts";
import { rawRequest } from "../clients/raw-ws.ts";
import { alternate, type Contender, ratios } from "../harness/alternate.ts";
import type { ServerAddress } from "../harness/start-server.ts";
import { atLeast, type Effort, type Measurement, type Sampled } from "../measurement.ts";

/** A pool against one connection per request. */
export const warm: Measurement = {
  id: "warm",
  processes: 3,
  rows: [
    {
      id: "warm",
      name: "request over a pool, requests a second to raw ws with a connection each",
      limit: atLeast(7, 9),
    },
    {
      id: "warm-wss",
      name: "the same over wss",
      limit: atLeast(18, 28),
    },
  ],

  async measure({ ws, wss }: ServerAddress, effort: Effort): Promise<Sampled> {
    const contenders = [
      one("raw", `${ws}/echo`, 10),
      await warmed("pooled", `${ws}/echo`),
      one("raw wss", `${wss}/echo`, 3),
      await warmed("pooled wss", `${wss}/echo`),
    ];
    const readings = await alternate(contenders, effort === "full" ? 30 : 10);
    return {
      samples: {
        warm: ratios(readings, "raw", "pooled"),
        "warm-wss": ratios(readings, "raw wss", "pooled wss"),
      },
    };
  },
};

function one(name: string, url: string, operations: number): Contender {
  return {
    name,
    operations,
    async block() {
      for (let i = 0; i < operations; i += 1) await rawRequest(url, message);
    },
  };
}

/** Requests that reuse a pooled connection. */
async function warmed(name: string, url: string): Promise<Contender> {
  const pool = pooled(wsTransport({ tls: { ca: testCa } }));
  const manager = createManager({ transport: pool });
  const operations = 100;
  return {
    name,
    operations,
    async block() {
      for (let i = 0; i < operations; i += 1) unwrap(await manager.request(url, message));
      const { openedCount } = pool.getStats();
      if (openedCount > 10) throw new Error(`${openedCount} connections were opened: the pool was not used`);
    },
  };
}

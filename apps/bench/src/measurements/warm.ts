import { unwrap } from "@outsock/core";
import { createManager, openManaged } from "../clients/managed.ts";
import { message } from "../clients/messages.ts";
import { rawRequest } from "../clients/raw-ws.ts";
import { alternate, type Contender, ratios } from "../harness/alternate.ts";
import type { ServerAddress } from "../harness/start-server.ts";
import { atLeast, type Effort, type Measurement, type Sampled } from "../measurement.ts";

/** What a kept connection is worth against one for each question. */
export const warm: Measurement = {
  id: "warm",
  processes: 3,
  rows: [
    {
      id: "warm",
      name: "send + receive on a kept connection, requests a second to raw ws with one each",
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
      await kept("managed", `${ws}/echo`),
      one("raw wss", `${wss}/echo`, 3),
      await kept("managed wss", `${wss}/echo`),
    ];
    const readings = await alternate(contenders, effort === "full" ? 30 : 10);
    return {
      samples: {
        warm: ratios(readings, "raw", "managed"),
        "warm-wss": ratios(readings, "raw wss", "managed wss"),
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

async function kept(name: string, url: string): Promise<Contender> {
  const { manager, connection } = await openManaged(url, createManager());
  const operations = 100;
  return {
    name,
    operations,
    async block() {
      for (let i = 0; i < operations; i += 1) {
        unwrap(await manager.send(connection, message));
        unwrap(await manager.receive(connection));
      }
    },
  };
}

import { unwrap } from "@outsock/core";
import { createManager } from "../clients/managed.ts";
import { message } from "../clients/messages.ts";
import { openWebSocketAsPromised, standardPeers } from "../clients/peers.ts";
import { rawRequest } from "../clients/raw-ws.ts";
import { standardRequest } from "../clients/standard-socket.ts";
import { alternate, type Contender, ratios } from "../harness/alternate.ts";
import type { ServerAddress } from "../harness/start-server.ts";
import { atMost, type Effort, type Measurement, type Sampled } from "../measurement.ts";

const peers = Object.keys(standardPeers);

/** One connection per request: connect, send, receive, close. */
export const cold: Measurement = {
  id: "cold",
  processes: 3,
  rows: [
    { id: "cold", name: "request, full cycle, time to raw ws", limit: atMost(1.08, 1.03) },
    {
      id: "cold-wss",
      name: "request over wss to a host known already, time to raw ws",
      limit: atMost(0.85, 0.78),
    },
    ...[...peers, "websocket-as-promised"].map((peer) => ({
      id: `cold/${peer}`,
      name: `connect, send, receive, close over ${peer}, time to raw ws`,
    })),
  ],

  async measure({ ws, wss }: ServerAddress, effort: Effort): Promise<Sampled> {
    const url = `${ws}/echo`;
    const manager = createManager();
    const contenders = [
      contender("raw", () => rawRequest(url, message)),
      contender("managed", async () => unwrap(await manager.request(url, message))),
      contender("raw wss", () => rawRequest(`${wss}/echo`, message), 4),
      contender("managed wss", async () => unwrap(await manager.request(`${wss}/echo`, message)), 4),
    ];
    if (effort === "full") contenders.push(...others(url));
    // Each connection runs a lot of code only once, so it takes many rounds to be compiled.
    const readings = await alternate(contenders, effort === "full" ? 60 : 15, effort === "full" ? 60 : 15);
    const shown = contenders.slice(4).map(({ name }) => [`cold/${name}`, ratios(readings, name, "raw")]);
    return {
      samples: {
        cold: ratios(readings, "managed", "raw"),
        "cold-wss": ratios(readings, "managed wss", "raw wss"),
        ...Object.fromEntries(shown),
      },
    };
  },
};

function contender(name: string, request: () => Promise<unknown>, operations = 10): Contender {
  return {
    name,
    operations,
    async block() {
      for (let i = 0; i < operations; i += 1) await request();
    },
  };
}

function others(url: string): Contender[] {
  return [
    ...Object.entries(standardPeers).map(([name, create]) =>
      contender(name, () => standardRequest(create(url), message)),
    ),
    contender("websocket-as-promised", async () => {
      const client = await openWebSocketAsPromised(url);
      await client.sendRequest(message);
      await client.close();
    }),
  ];
}

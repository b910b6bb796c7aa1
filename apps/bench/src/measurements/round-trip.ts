import type { WebSocketManager } from "@outsock/core";
import { assertAllSucceeded, createManager, openManaged } from "../clients/managed.ts";
import { message } from "../clients/messages.ts";
import {
  openRpcWebSockets,
  openStandardPeer,
  openWebSocketAsPromised,
  standardPeers,
} from "../clients/peers.ts";
import { openRaw, RawConversation } from "../clients/raw-ws.ts";
import { StandardConversation } from "../clients/standard-socket.ts";
import { alternate, type Contender, ratios } from "../harness/alternate.ts";
import type { ServerAddress } from "../harness/start-server.ts";
import { atMost, type Effort, type Measurement, type RowDefinition, type Sampled } from "../measurement.ts";

const operations = 100;
const peers = ["undici", "native", "partysocket", "websocket-as-promised"];

/** One message and its answer over an open connection. */
export const roundTrip: Measurement = {
  id: "round-trip",
  processes: 3,
  rows: [
    {
      id: "round-trip",
      name: "send + receive of JSON, time to raw ws",
      limit: atMost(1.05, 1.02),
    },
    {
      id: "round-trip-bounded",
      name: "the same with a signal and a timeout, time to raw ws without",
      limit: atMost(1.1, 1.06),
    },
    ...peers.map(
      (peer): RowDefinition => ({
        id: `round-trip/${peer}`,
        name: `send + receive of JSON over ${peer}, time to raw ws`,
      }),
    ),
    { id: "round-trip/rpc-websockets", name: "a call of rpc-websockets, time to raw ws doing the same" },
  ],

  async measure({ ws }: ServerAddress, effort: Effort): Promise<Sampled> {
    const manager = createManager();
    const contenders = [await raw(`${ws}/echo`), ...(await managed(manager, `${ws}/echo`))];
    if (effort === "full") contenders.push(...(await others(ws)));
    const readings = await alternate(contenders, effort === "full" ? 60 : 20);
    assertAllSucceeded(manager);
    const rows = contenders.slice(1).filter(({ name }) => !name.startsWith("raw"));
    const samples = rows.map(({ name }) => {
      return [name, ratios(readings, name, name.endsWith("rpc-websockets") ? "raw/rpc" : "raw")];
    });
    return { samples: Object.fromEntries(samples) };
  },
};

function contender(name: string, ask: () => Promise<unknown>): Contender {
  return {
    name,
    operations,
    async block() {
      for (let i = 0; i < operations; i += 1) await ask();
    },
  };
}

async function raw(url: string): Promise<Contender> {
  const conversation = new RawConversation(await openRaw(url));
  return contender("raw", () => conversation.ask(message));
}

async function managed(manager: WebSocketManager, url: string): Promise<Contender[]> {
  const { connection } = await openManaged(url, manager);
  const { signal } = new AbortController();
  return [
    contender("round-trip", async () => {
      await manager.send(connection, message);
      await manager.receive(connection);
    }),
    contender("round-trip-bounded", async () => {
      await manager.send(connection, message, { signal });
      await manager.receive(connection, { signal, timeoutMs: 5_000 });
    }),
  ];
}

async function others(server: string): Promise<Contender[]> {
  const standard = Object.keys(standardPeers).map(async (name) => {
    const conversation = new StandardConversation(await openStandardPeer(name, `${server}/echo`));
    return contender(`round-trip/${name}`, () => conversation.ask(message));
  });
  const promised = await openWebSocketAsPromised(`${server}/echo`);
  const rpc = await openRpcWebSockets(`${server}/rpc`);
  const rawRpc = new RawConversation(await openRaw(`${server}/rpc`));
  let calls = 0;
  return [
    ...(await Promise.all(standard)),
    contender("round-trip/websocket-as-promised", () => promised.sendRequest(message)),
    contender("round-trip/rpc-websockets", () => rpc.call(message.method, message.params)),
    contender("raw/rpc", () => {
      calls += 1;
      return rawRpc.ask({ jsonrpc: "2.0", method: message.method, params: message.params, id: calls });
    }),
  ];
}

import { once } from "node:events";
import { assertAllSucceeded, createManager, openManaged } from "../clients/managed.ts";
import { openStandardPeer, standardPeers } from "../clients/peers.ts";
import { openRaw } from "../clients/raw-ws.ts";
import { alternate, type Contender, ratios } from "../harness/alternate.ts";
import type { ServerAddress } from "../harness/start-server.ts";
import { atLeast, type Effort, type Measurement, type Sampled } from "../measurement.ts";

const messagesInBlock = 5_000;
const peers = Object.keys(standardPeers);

/** Messages that arrive as fast as they are read, parsed as JSON. */
export const receiveThroughput: Measurement = {
  id: "receive",
  processes: 4,
  rows: [
    {
      id: "receive",
      name: "messages received by iteration, messages a second to raw ws",
      limit: atLeast(0.8, 1.1),
    },
    {
      id: "receive-cpu",
      name: "the same, messages a CPU second to raw ws",
      limit: atLeast(0.8, 1.1),
    },
    ...peers.map((peer) => ({
      id: `receive/${peer}`,
      name: `messages received over ${peer}, messages a second to raw ws`,
    })),
  ],

  async measure({ ws }: ServerAddress, effort: Effort): Promise<Sampled> {
    const url = `${ws}/flood`;
    const contenders = [await raw(url), await managed(url)];
    if (effort === "full") contenders.push(...(await Promise.all(peers.map((peer) => standard(peer, url)))));
    const readings = await alternate(contenders, effort === "full" ? 40 : 15);
    const shown = contenders.slice(2).map(({ name }) => [`receive/${name}`, ratios(readings, "raw", name)]);
    return {
      samples: {
        receive: ratios(readings, "raw", "managed"),
        "receive-cpu": ratios(readings, "raw", "managed", "cpuNs"),
        ...Object.fromEntries(shown),
      },
    };
  },
};

function contender(name: string, block: () => Promise<void>): Contender {
  return { name, operations: messagesInBlock, block };
}

async function raw(url: string): Promise<Contender> {
  const socket = await openRaw(url);
  return contender("raw", async () => {
    let left = messagesInBlock;
    const all = once(socket, "all");
    const take = (data: { toString(): string }) => {
      JSON.parse(data.toString());
      left -= 1;
      if (left === 0) socket.emit("all");
    };
    socket.on("message", take);
    socket.send(String(messagesInBlock));
    await all;
    socket.off("message", take);
  });
}

async function managed(url: string): Promise<Contender> {
  const { manager, connection } = await openManaged(url, createManager());
  return contender("managed", async () => {
    let left = messagesInBlock;
    await manager.send(connection, messagesInBlock);
    for await (const _message of connection) {
      left -= 1;
      if (left === 0) break;
    }
    assertAllSucceeded(manager);
  });
}

async function standard(name: string, url: string): Promise<Contender> {
  const socket = await openStandardPeer(name, url);
  return contender(name, () => {
    return new Promise((resolve) => {
      let left = messagesInBlock;
      socket.onmessage = ({ data }: { data: unknown }) => {
        JSON.parse(String(data));
        left -= 1;
        if (left === 0) resolve();
      };
      socket.send(String(messagesInBlock));
    });
  });
}

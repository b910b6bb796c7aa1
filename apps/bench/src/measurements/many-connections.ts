import { createManager, openManaged } from "../clients/managed.ts";
import { message } from "../clients/messages.ts";
import { openRaw, RawConversation } from "../clients/raw-ws.ts";
import { alternate, type Contender, ratios } from "../harness/alternate.ts";
import type { ServerAddress } from "../harness/start-server.ts";
import { atMost, type Effort, type Measurement, type Sampled } from "../measurement.ts";

const operations = 400;
const many = 1_000;

/** Whether an operation costs the same with many connections in its manager. */
export const manyConnections: Measurement = {
  id: "many-connections",
  processes: 3,
  rows: [
    {
      id: "many-connections",
      name: "send + receive, each on another of 1,000 connections, time to one connection",
    },
    {
      id: "many-connections-to-ws",
      name: "the same, over what it is for raw ws",
      limit: atMost(1.1, 1.03),
    },
  ],

  async measure({ ws }: ServerAddress, effort: Effort): Promise<Sampled> {
    const url = `${ws}/echo`;
    const contenders = [
      contender("raw 1", await rawConversations(url, 1)),
      contender("raw many", await rawConversations(url, many)),
      contender("managed 1", await managedConversations(url, 1)),
      contender("managed many", await managedConversations(url, many)),
    ];
    const readings = await alternate(contenders, effort === "full" ? 60 : 15);
    const managed = ratios(readings, "managed many", "managed 1");
    const raw = ratios(readings, "raw many", "raw 1");
    return {
      samples: {
        "many-connections": managed,
        "many-connections-to-ws": managed.map((ratio, round) => ratio / (raw[round] ?? Number.NaN)),
      },
    };
  },
};

type Converse = () => Promise<unknown>;

function contender(name: string, conversations: readonly Converse[]): Contender {
  let turn = 0;
  const block = async (): Promise<void> => {
    for (let i = 0; i < operations; i += 1) {
      turn += 1;
      await conversations[turn % conversations.length]?.();
    }
  };
  return { name, operations, block };
}

async function rawConversations(url: string, count: number): Promise<Converse[]> {
  const conversations: Converse[] = [];
  for (let i = 0; i < count; i += 1) {
    const conversation = new RawConversation(await openRaw(url));
    conversations.push(() => conversation.ask(message));
  }
  return conversations;
}

async function managedConversations(url: string, count: number): Promise<Converse[]> {
  const manager = createManager();
  const conversations: Converse[] = [];
  for (let i = 0; i < count; i += 1) {
    const { connection } = await openManaged(url, manager);
    conversations.push(async () => {
      await manager.send(connection, message);
      await manager.receive(connection);
    });
  }
  return conversations;
}

import { Redis as IoRedis } from "ioredis";
import { Redis as IoValkey } from "iovalkey";
import { createClient } from "redis";
import type { RedisClient } from "../../src/index.ts";

/** A client, and what else tests need of it. */
export interface TestClient {
  readonly client: RedisClient;
  command(...words: [string, ...string[]]): Promise<unknown>;
  close(): void;
}

async function nodeRedis(path: string): Promise<TestClient> {
  const client = createClient({ socket: { path, reconnectStrategy: 20 } });
  client.on("error", () => {});
  await client.connect();
  return { client, command: (...words) => client.sendCommand(words), close: () => client.destroy() };
}

async function ioRedis(path: string): Promise<TestClient> {
  const client = new IoRedis({ path, lazyConnect: true, retryStrategy: () => 20 });
  client.on("error", () => {});
  await client.connect();
  return {
    client,
    command: (name, ...words) => client.call(name, ...words),
    close: () => client.disconnect(),
  };
}

async function ioValkey(path: string): Promise<TestClient> {
  const client = new IoValkey({ path, lazyConnect: true, retryStrategy: () => 20 });
  client.on("error", () => {});
  await client.connect();
  return {
    client,
    command: (name, ...words) => client.call(name, ...words),
    close: () => client.disconnect(),
  };
}

export const clients: readonly {
  readonly name: string;
  readonly connect: (path: string) => Promise<TestClient>;
}[] = [
  { name: "redis", connect: nodeRedis },
  { name: "ioredis", connect: ioRedis },
  { name: "iovalkey", connect: ioValkey },
];

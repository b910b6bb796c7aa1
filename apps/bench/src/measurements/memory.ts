import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { setImmediate as turn } from "node:timers/promises";
import type { WebSocket } from "ws";
import { createManager, openManaged } from "../clients/managed.ts";
import { openRaw } from "../clients/raw-ws.ts";
import type { ServerAddress } from "../harness/start-server.ts";
import { atMost, type Effort, type Measurement, type Sampled } from "../measurement.ts";

const limit = atMost(1.2, 0.6);

/** The heap of one idle connection, after garbage collection. */
export const memory: Measurement = {
  id: "memory",
  processes: 2,
  nodeFlags: ["--expose-gc"],
  rows: [
    { id: "memory-1000", name: "heap per idle connection over ws's own, of 1,000", unit: "KB", limit },
    { id: "memory-10000", name: "the same, of 10,000", unit: "KB", limit },
    { id: "memory/ws", name: "heap per idle connection of raw ws, of 1,000", unit: "KB" },
  ],

  async measure({ ws }: ServerAddress, effort: Effort): Promise<Sampled> {
    const url = `${ws}/echo`;
    // The first connections load code.
    await rawHeap(url, 50);
    await managedHeap(url, 50);
    const raw = await rawHeap(url, 1_000);
    const few = [(await managedHeap(url, 1_000)) - raw];
    const samples = { "memory-1000": few, "memory/ws": [raw] };
    if (effort === "coarse") return { samples };
    const openFiles = mostOpenFiles();
    if (openFiles < 10_200) {
      const because = `10,000 connections need as many open files, and ${openFiles} are allowed: raise "ulimit -n"`;
      return { samples: { ...samples, "memory-10000": { because } } };
    }
    const rawOfMany = await rawHeap(url, 10_000);
    const ofMany = [(await managedHeap(url, 10_000)) - rawOfMany];
    return { samples: { ...samples, "memory-10000": ofMany } };
  },
};

function mostOpenFiles(): number {
  const { stdout } = spawnSync("sh", ["-c", "ulimit -n"], { encoding: "utf8" });
  return stdout.trim() === "unlimited" ? Number.POSITIVE_INFINITY : Number(stdout);
}

async function rawHeap(url: string, count: number): Promise<number> {
  const before = await heapKb();
  const sockets: WebSocket[] = [];
  try {
    for (let i = 0; i < count; i += 1) sockets.push(await openRaw(url));
    return ((await heapKb()) - before) / count;
  } finally {
    await Promise.all(
      sockets.map((socket) => {
        socket.close(1000);
        return once(socket, "close");
      }),
    );
  }
}

async function managedHeap(url: string, count: number): Promise<number> {
  const before = await heapKb();
  const manager = createManager();
  const connections: unknown[] = [];
  try {
    for (let i = 0; i < count; i += 1) connections.push((await openManaged(url, manager)).connection);
    return ((await heapKb()) - before) / connections.length;
  } finally {
    await manager.dispose();
  }
}

/** Collects several times, because what is finalized in one turn is freed in the next. */
async function heapKb(): Promise<number> {
  for (let round = 0; round < 4; round += 1) {
    await turn();
    globalThis.gc?.();
  }
  return process.memoryUsage().heapUsed / 1_024;
}

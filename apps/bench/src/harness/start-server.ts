import { once } from "node:events";
import { startProgram } from "./programs.ts";

/** The URLs that the measured clients connect to. */
export interface ServerAddress {
  readonly ws: string;
  readonly wss: string;
}

export interface BenchServer {
  readonly address: ServerAddress;
  stop(): void;
}

/** Starts the server in its own process, on its own core. */
export async function startBenchServer(): Promise<BenchServer> {
  const child = startProgram({ core: "server", program: "server/serve" });
  const [address] = await once(child, "message");
  if (!isAddress(address)) throw new Error("the server did not report its address");
  return { address, stop: () => child.kill("SIGKILL") };
}

function isAddress(value: unknown): value is ServerAddress {
  return typeof value === "object" && value !== null && "ws" in value && "wss" in value;
}

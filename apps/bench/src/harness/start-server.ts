import { once } from "node:events";
import { startProgram } from "./programs.ts";

/** Where the measured clients dial. */
export interface ServerAddress {
  readonly ws: string;
  readonly wss: string;
}

export interface BenchServer {
  readonly address: ServerAddress;
  stop(): void;
}

/** The server, in a process and on a core of its own. */
export async function startBenchServer(): Promise<BenchServer> {
  const child = startProgram({ core: "server", program: "server/serve" });
  const [address] = await once(child, "message");
  if (!isAddress(address)) throw new Error("the server did not tell its address");
  return { address, stop: () => child.kill("SIGKILL") };
}

function isAddress(value: unknown): value is ServerAddress {
  return typeof value === "object" && value !== null && "ws" in value && "wss" in value;
}

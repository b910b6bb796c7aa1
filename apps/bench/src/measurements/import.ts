import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { ServerAddress } from "../harness/start-server.ts";
import { atMost, type Effort, type Measurement, type Sampled } from "../measurement.ts";

/** What a program loads before its own code runs. */
const programs = {
  core: 'await import("@outsock/core"); (await import("@outsock/transport-ws")).wsTransport();',
  outsock: '(await import("outsock")).getWebSocketManager();',
  ws: 'await import("ws");',
  undici: 'await import("undici");',
  "rpc-websockets": 'await import("rpc-websockets");',
};

/** The cost of loading a library, in processes that do nothing else. */
export const importing: Measurement = {
  id: "import",
  processes: 1,
  rows: [
    {
      id: "import",
      name: "CPU to import core with a lazily loaded ws, share of importing ws",
      limit: atMost(0.1, 0.03),
    },
    { id: "import/outsock", name: "CPU to import outsock and make its manager, share of importing ws" },
    { id: "import/undici", name: "CPU to import undici, share of importing ws" },
    { id: "import/rpc-websockets", name: "CPU to import rpc-websockets, share of importing ws" },
  ],

  async measure(_address: ServerAddress, effort: Effort): Promise<Sampled> {
    const samples: Readonly<Record<string, number[]>> = {
      import: [],
      "import/outsock": [],
      "import/undici": [],
      "import/rpc-websockets": [],
    };
    for (let round = 0; round < (effort === "full" ? 21 : 5); round += 1) {
      const ws = await cpuOf(programs.ws);
      samples.import?.push((await cpuOf(programs.core)) / ws);
      samples["import/outsock"]?.push((await cpuOf(programs.outsock)) / ws);
      samples["import/undici"]?.push((await cpuOf(programs.undici)) / ws);
      samples["import/rpc-websockets"]?.push((await cpuOf(programs["rpc-websockets"])) / ws);
    }
    return { samples };
  },
};

const folder = fileURLToPath(new URL(".", import.meta.url));

/** The CPU time of a program, without Node's own start. */
async function cpuOf(program: string): Promise<number> {
  const script = `
    const before = process.cpuUsage();
    ${program}
    const { user, system } = process.cpuUsage(before);
    console.log(user + system);
  `;
  const flags = ["--input-type=module", "--eval", script];
  const { stdout } = await promisify(execFile)(process.execPath, flags, { cwd: folder });
  return Number(stdout);
}

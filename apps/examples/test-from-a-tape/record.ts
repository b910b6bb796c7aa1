import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { createWebSocketManager } from "@outsock/core";
import { recorded } from "@outsock/transport-tape";
import { wsTransport } from "@outsock/transport-ws";
import { evaluate } from "./evaluate.ts";

/** Run this once, against a real debugger: `node record.ts conversation.ndjson`. */
const [, , tape = "conversation.ndjson"] = process.argv;
const node = spawn(process.execPath, ["--inspect=127.0.0.1:0", "--eval", "setInterval(() => {}, 1_000)"]);
let url = "";
for await (const line of createInterface({ input: node.stderr })) {
  url = /ws:\/\/\S+/.exec(line)?.[0] ?? "";
  if (url !== "") break;
}

const recording = recorded(wsTransport(), tape);
const manager = createWebSocketManager({ transport: recording });
await evaluate(manager, url, "[1, 2, 3].map((n) => n * n)");
await evaluate(manager, url, "null.length").catch(() => undefined);
await manager.dispose();
await recording.dispose();
node.kill();

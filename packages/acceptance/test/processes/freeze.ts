import { createInterface } from "node:readline";
import { createWebSocketManager, unwrap } from "@outsock/core";
import { transportFromArguments } from "./transports.ts";

/** Keeps a connection across a freeze and uses it again for every line that it reads. */
const manager = createWebSocketManager({ transport: transportFromArguments(), closeTimeoutMs: 200 });
const { connection } = unwrap(await manager.connect(process.argv[3] ?? ""));
const waiting = manager.receive(connection, { timeoutMs: 60_000 });
process.stdout.write('"ready"\n');

for await (const _ of createInterface({ input: process.stdin })) {
  const results = [
    await waiting,
    await manager.send(connection, "after the thaw"),
    await manager.request(process.argv[3] ?? "", "anew", { timeoutMs: 5_000 }),
  ];
  process.stdout.write(`${JSON.stringify(results.map(({ error }) => error?.code ?? "ok"))}\n`);
  break;
}
process.stdin.destroy();

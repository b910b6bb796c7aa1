import { createWebSocketManager } from "@outsock/core";
import { transportFromArguments } from "./transports.ts";

/** Uses a manager in every way that ends, prints what is left open, and must then end by itself. */
const [, , , echo = "", silent = "", stalled = "", dead = "", deaf = ""] = process.argv;
const manager = createWebSocketManager({ transport: transportFromArguments(), closeTimeoutMs: 200 });
const print = (value: unknown): void => {
  process.stdout.write(`${JSON.stringify(value)}\n`);
};

const answered = await manager.request(echo, { hello: "there" });
const refused = await manager.request(dead, 1);
const unanswered = await manager.request(silent, 1, { timeoutMs: 200 });
const neverOpen = await manager.request(stalled, 1, { timeoutMs: 200 });
const aborted = await manager.request(silent, 1, { signal: AbortSignal.timeout(200) });
const deafClose = await manager.request(deaf, 1);
const { data } = await manager.connect(echo);
if (data !== undefined) {
  await manager.send(data.connection, 1);
  await manager.receive(data.connection);
  await manager.close(data.connection);
}
const results = [answered, refused, unanswered, neverOpen, aborted, deafClose];
// Sockets that were destroyed are gone from the list one turn later.
await new Promise((resolve) => setImmediate(resolve));
const left = process.getActiveResourcesInfo().filter((name) => !/^(TTY|Pipe|FSReq|Immediate)/.test(name));
print({ codes: results.map(({ error }) => error?.code ?? "ok"), left });

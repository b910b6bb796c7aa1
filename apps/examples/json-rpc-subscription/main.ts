import { createWebSocketManager, unwrap } from "@outsock/core";
import { jsonRpc, openSession } from "@outsock/session";
import { wsTransport } from "@outsock/transport-ws";
import { z } from "zod";
import { startChain } from "./chain.ts";

await using node = await startChain();
const manager = createWebSocketManager({ transport: wsTransport() });
const { session } = unwrap(await openSession(manager, { url: node.url, protocol: jsonRpc() }));

const quantity = z.string().transform(Number);
const head = z.object({ number: quantity });

let next: number | undefined;
/** Prints each block once and in order, from either source. */
function show(latest: number, how: string): void {
  for (next ??= latest; next <= latest; next += 1) console.log(`block ${next}: ${how}`);
}

// The server does not resend events of the time without a connection, so ask for the blocks of a gap.
session.on("gap", async () => {
  const { data } = await session.call("eth_blockNumber", [], { schema: quantity, idempotent: true });
  if (data !== undefined) show(data.response, "mined in the gap");
});

const { subscription } = unwrap(await session.subscribe("eth_subscribe", ["newHeads"], { schema: head }));
// One loop, across lost connections.
for await (const { number } of subscription) {
  show(number, "pushed");
  if (number === 5) break;
}

console.log("connections:", session.getStats().connectionsCount);
await session.close();

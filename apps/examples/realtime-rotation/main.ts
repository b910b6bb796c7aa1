import { setTimeout } from "node:timers/promises";
import { createWebSocketManager, unwrap } from "@outsock/core";
import { openSession, plain } from "@outsock/session";
import { startRotatingServer } from "@outsock/test-servers";
import { wsTransport } from "@outsock/transport-ws";

// The server ends every connection after two seconds, as some real services do after an hour or a day.
await using server = await startRotatingServer({ lifeMs: 2_000 });

const manager = createWebSocketManager({ transport: wsTransport() });
const { session } = unwrap(
  await openSession(manager, {
    url: server.url,
    protocol: plain({ params: "params", result: "result" }),
    maxAgeMs: 1_000,
  }),
);

const count = 150;
let failed = 0;
for (let call = 1; call <= count; call += 1) {
  const answered = await session.call("double", { call });
  if (!answered.success) failed += 1;
  await setTimeout(20);
}

const { connectionsCount, rotationsCount } = session.getStats();
console.log("calls:", count, "failed:", failed);
console.log("over several connections:", connectionsCount > 2 && rotationsCount === connectionsCount - 1);
console.log("ended by the server:", server.expiredCount);
await session.close();

import { type Stats, unwrap } from "outsock";
import { type Check, type Conversation, check, type Step } from "./demonstration.ts";

/** Hangs up, then compares `getStats` with what the demo counted on its own. */
export async function statistics({ manager, connection, tally }: Conversation): Promise<Step> {
  const { code, clean } = unwrap(await manager.close(connection));
  tally.operations += 1;
  const stats = manager.getStats();
  return {
    title: "close, and getStats: it agrees with what was done here",
    checks: [
      check("closed with a handshake", clean, `code ${code}`),
      agrees(stats, "totalOperations", tally.operations),
      agrees(stats, "connectionsCount", tally.connections),
      agrees(stats, "messagesSentCount", tally.sent),
      agrees(stats, "messagesReceivedCount", tally.received),
      agrees(stats, "messagesDroppedCount", 0),
      agrees(stats, "errorsCount", 0),
      agrees(stats, "rateLimitedCount", tally.refused),
      agrees(stats, "openConnections", 0),
    ],
  };
}

function agrees(stats: Stats, name: keyof Stats, wanted: number): Check {
  return check(name, stats[name] === wanted, stats[name]);
}

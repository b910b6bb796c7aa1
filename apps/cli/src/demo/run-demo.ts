// Stands alone: loaded only when the demo runs, because it needs the umbrella package.
import { getWebSocketManager, type Stats, unwrap } from "outsock";
import type { Conversation, Demonstration, Step } from "./demonstration.ts";
import { startInspector } from "./inspector.ts";
import { burst, conversation, oneShot, statistics } from "./steps.ts";

/** More than the demo ever takes: a server that falls silent does not hold it up. */
const longestMs = 20_000;

/** Tells each step when it is done. Whatever happens, connections and inspector have ended when this settles. */
export async function runDemo(
  signal: AbortSignal,
  say: (line: string) => void,
  tell: (step: Step) => void,
): Promise<Stats> {
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(longestMs)]);
  await using inspector = await startInspector(bounded);
  say(
    `talking to a real WebSocket server that every Node brings along, its debugger (${new URL(inspector.url).host})`,
  );
  await using manager = getWebSocketManager();
  bounded.addEventListener("abort", () => void manager.dispose());
  const tally = { operations: 0, connections: 0, sent: 0, received: 0, refused: 0 };
  const demonstration: Demonstration = { manager, url: inspector.url, tally, signal: bounded };
  tell(await oneShot(demonstration));
  const { connection } = unwrap(await manager.connect(inspector.url, { signal: bounded }));
  tally.operations += 1;
  tally.connections += 1;
  const shared: Conversation = { ...demonstration, connection };
  for (const step of [conversation, burst, statistics]) tell(await step(shared));
  return manager.getStats();
}

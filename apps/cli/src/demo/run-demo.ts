// Stands alone: loaded only when the demo runs, because it needs the umbrella package.
import { getWebSocketManager, type Stats, unwrap } from "outsock";
import type { ConnectedDemo, DemoContext, DemoStep } from "./demo-context.ts";
import { spawnInspector } from "./inspector.ts";
import { burst, conversation, oneShot, statistics } from "./steps.ts";

/** More than the demo ever takes: a server that falls silent does not hold it up. */
const longestMs = 20_000;

/** Tells each step when it is done. Whatever happens, connections and inspector have ended when this settles. */
export async function runDemo(
  signal: AbortSignal,
  say: (line: string) => void,
  tell: (step: DemoStep) => void,
): Promise<Stats> {
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(longestMs)]);
  await using inspector = await spawnInspector(bounded);
  say(
    `talking to a real WebSocket server that every Node brings along, its debugger (${new URL(inspector.url).host})`,
  );
  await using manager = getWebSocketManager();
  bounded.addEventListener("abort", () => void manager.dispose());
  const counters = { operations: 0, connections: 0, sent: 0, received: 0, refused: 0 };
  const demonstration: DemoContext = { manager, url: inspector.url, counters, signal: bounded };
  tell(await oneShot(demonstration));
  const { connection } = unwrap(await manager.connect(inspector.url, { signal: bounded }));
  counters.operations += 1;
  counters.connections += 1;
  const shared: ConnectedDemo = { ...demonstration, connection };
  for (const step of [conversation, burst, statistics]) tell(await step(shared));
  return manager.getStats();
}

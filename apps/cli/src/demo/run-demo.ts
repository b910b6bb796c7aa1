// Stands alone: loaded only when the demo runs, because it needs the umbrella package.
import { getWebSocketManager, type Stats, unwrap } from "outsock";
import type { ConnectedDemo, DemoContext, DemoStep } from "./demo-context.ts";
import { spawnInspector } from "./inspector.ts";
import { burst, conversation, oneShot, statistics } from "./steps.ts";

/** An upper bound on the demo's duration, so that a silent server cannot block it. */
const longestMs = 20_000;

/** Runs the steps and reports each when it is done. Connections and the inspector are always closed at the end. */
export async function runDemo(
  signal: AbortSignal,
  say: (line: string) => void,
  report: (step: DemoStep) => void,
): Promise<Stats> {
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(longestMs)]);
  await using inspector = await spawnInspector(bounded);
  say(`talking to a real WebSocket server, the debugger of a Node process (${new URL(inspector.url).host})`);
  await using manager = getWebSocketManager();
  bounded.addEventListener("abort", () => void manager.dispose());
  const counters = { operations: 0, connections: 0, sent: 0, received: 0, refused: 0 };
  const demonstration: DemoContext = { manager, url: inspector.url, counters, signal: bounded };
  report(await oneShot(demonstration));
  const { connection } = unwrap(await manager.connect(inspector.url, { signal: bounded }));
  counters.operations += 1;
  counters.connections += 1;
  const shared: ConnectedDemo = { ...demonstration, connection };
  for (const step of [conversation, burst, statistics]) report(await step(shared));
  return manager.getStats();
}

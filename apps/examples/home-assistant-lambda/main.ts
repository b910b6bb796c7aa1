import { setTimeout } from "node:timers/promises";
import { startHomeAssistant } from "@outsock/test-servers";
import { LocalFunction } from "./lambda/local-function.ts";

await using house = await startHomeAssistant({ token: "a-long-lived-token" });
await using lambda = new LocalFunction({
  module: new URL("handler.ts", import.meta.url),
  environment: { HOME_ASSISTANT_URL: house.url, HOME_ASSISTANT_TOKEN: "a-long-lived-token" },
  timeoutMs: 5_000,
});

async function invoke(what: string, on: boolean): Promise<void> {
  const { payload } = await lambda.invoke({ light: "light.kitchen", on });
  const { success } = Object(payload);
  const light = house.states.get("light.kitchen");
  console.log(`${what}:`, { success, light, connections: house.connectionCount });
}

await invoke("a cold start", true);
await invoke("at once again", false);

// Between invocations, the process of the function is stopped.
await setTimeout(2_200);
await invoke("thawed, the connection lives", true);

house.dropConnections();
await setTimeout(2_200);
await invoke("thawed, the connection was dropped", false);

house.dropConnections();
await invoke("thawed soon, the connection was dropped", true);

import { getWebSocketManager } from "outsock";

const manager = getWebSocketManager();
const url = process.env.WS_URL ?? "ws://localhost:8080";

const answered = await manager.request(url, { ask: "time" }, { timeoutMs: 5_000 });
if (answered.success) console.log("answer:", answered.data.response);
else console.log("no answer:", answered.error.code);

const refused = await manager.request("ws://localhost:1", { ask: "time" });
if (!refused.success) {
  const { code, phase, sent, retryable } = refused.error;
  console.log("refused:", { code, phase, sent, retryable });
}

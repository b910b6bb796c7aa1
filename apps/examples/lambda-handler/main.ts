import { handler } from "./handler.ts";

const url = process.env.WS_URL ?? "ws://localhost:8080";
const events = [
  { operation: "request", parameters: { url, message: { ask: "time" }, timeoutMs: 5_000 } },
  { operation: "request", parameters: { url: "", message: {} } },
  { operation: "reboot" },
];

for (const [index, event] of events.entries()) {
  try {
    console.log(JSON.stringify(await handler(event, { awsRequestId: `invocation-${index + 1}` })));
  } catch (mistake) {
    console.log(String(mistake));
  }
}

import { createWebSocketManager, type Result } from "@outsock/core";
import { homeAssistant, type OpenSessionData, openSession } from "@outsock/session";
import { wsTransport } from "@outsock/transport-ws";

interface Order {
  readonly light: string;
  readonly on: boolean;
}

const { HOME_ASSISTANT_URL: url = "ws://localhost:8123/api/websocket", HOME_ASSISTANT_TOKEN: token = "" } =
  process.env;
const manager = createWebSocketManager({ transport: wsTransport() });

/** Time that is left for the answer to get back to the caller. */
const marginMs = 1_000;
let opening: Promise<Result<OpenSessionData>> | undefined;

/** The session of the invocations before, or a new one where there is none or it has ended. */
function warmSession(timeoutMs: number): Promise<Result<OpenSessionData>> {
  opening ??= openSession(manager, {
    url,
    protocol: homeAssistant({ token }),
    signal: AbortSignal.timeout(timeoutMs),
    // Short enough for a second attempt within the same invocation.
    connectTimeoutMs: 1_500,
    handshakeTimeoutMs: 1_500,
    reconnect: { baseDelayMs: 100, initial: true },
    // After a freeze of two seconds and more nothing is sent before the server has shown that it is still there.
    heartbeat: { intervalMs: 1_000, timeoutMs: 1_000 },
  }).then((opened) => {
    if (!opened.success) opening = undefined;
    opened.data?.session.on("state", ({ state }) => {
      if (state === "closed") opening = undefined;
    });
    return opened;
  });
  return opening;
}

/** What it returns is plain data, of a success and of a failure alike. */
export async function handler(
  { light, on }: Order,
  context: { readonly awsRequestId: string; getRemainingTimeInMillis(): number },
): Promise<unknown> {
  const remainingMs = (): number => Math.max(1, context.getRemainingTimeInMillis() - marginMs);
  const opened = await warmSession(remainingMs());
  if (!opened.success) return opened;
  const service = { domain: "light", service: on ? "turn_on" : "turn_off", target: { entity_id: light } };
  return opened.data.session.call("call_service", service, {
    timeoutMs: remainingMs(),
    correlationId: context.awsRequestId,
    // Turning it on twice is turning it on: where the connection breaks before the answer, ask again.
    idempotent: true,
  });
}

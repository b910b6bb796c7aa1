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

/** Reserved for returning the answer to the caller. */
const marginMs = 1_000;
let opening: Promise<Result<OpenSessionData>> | undefined;

/** The session of earlier invocations, or a new one if there is none or it has ended. */
function warmSession(timeoutMs: number): Promise<Result<OpenSessionData>> {
  opening ??= openSession(manager, {
    url,
    protocol: homeAssistant({ token }),
    signal: AbortSignal.timeout(timeoutMs),
    // Short enough for a second attempt within the same invocation.
    connectTimeoutMs: 1_500,
    handshakeTimeoutMs: 1_500,
    reconnect: { baseDelayMs: 100, initial: true },
    // After a freeze of two seconds or more, nothing is sent until the server has answered a heartbeat.
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

/** Returns plain data, for a success and for a failure. */
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
    // Turning a light on twice does no harm, so retry if the connection breaks before the answer.
    idempotent: true,
  });
}

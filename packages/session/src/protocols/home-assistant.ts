import { InvalidMessage } from "@outsock/core";
import { checkOptions, checks } from "@outsock/core/options";
import {
  type HandshakePeer,
  HandshakeRefused,
  type Incoming,
  isJsonObject,
  type MessageId,
  type OutgoingCall,
  type Protocol,
  remoteError,
} from "../protocol.ts";

export interface HomeAssistantOptions {
  /** A long-lived access token, or a function that is called for one at each login. */
  readonly token: string | (() => string | Promise<string>);
  /**
   * Home Assistant accepts logins while it is still starting, when many commands are unknown and subscriptions to triggers stay
   * silent. With true (default), a session is ready only when Home Assistant reports that it is running; until then a login
   * fails with CONNECT_FAILED, which is retryable, and asks for a pause of 2 seconds. False skips the check.
   */
  readonly waitUntilRunning?: boolean | undefined;
}

/** Used by the handshake, so it is below the ids of all calls. */
const handshakeId = 1;
const retryAfterMs = 2_000;

/**
 * Home Assistant's WebSocket API (https://developers.home-assistant.io/docs/api/websocket), at
 * `ws://host:8123/api/websocket`. The method is the `type` of a command, and the params are its other fields:
 * `call("call_service", { domain: "light", service: "turn_on", target: { entity_id } })`.
 * `subscribe("subscribe_events", { event_type: "state_changed" })` yields each `event`; other subscribing commands work the
 * same way. A refused token ends the session with AUTH_FAILED.
 *
 * @throws TypeError for a missing token, an unknown option, or an option of the wrong type.
 */
export function homeAssistant(options: HomeAssistantOptions): Protocol {
  const token = (value: unknown): string | undefined =>
    typeof value === "function" || (typeof value === "string" && value !== "")
      ? undefined
      : "must be a non-empty string, or a function that returns one";
  checkOptions("homeAssistant", { token, waitUntilRunning: checks.flag }, options);
  if (options.token === undefined) throw new TypeError("homeAssistant: token is missing");
  return {
    name: "home-assistant",
    makeId: (count) => count + handshakeId,
    handshake: (peer) => logIn(peer, options),
    encode: (id, call) => ({ ...fieldsOf(call), id, type: call.method }),
    classify,
    heartbeat: (id) => ({ id, type: "ping" }),
    subscriptions: {
      start: (call) => call,
      topic: (_, id) => id,
      stop: (_, topic) => ({ method: "unsubscribe_events", params: { subscription: topic } }),
    },
  };
}

async function logIn(
  peer: HandshakePeer,
  { token, waitUntilRunning = true }: HomeAssistantOptions,
): Promise<undefined> {
  await expectType(peer, "auth_required");
  const access_token: unknown = typeof token === "string" ? token : await token();
  if (typeof access_token !== "string" || access_token === "") {
    throw new HandshakeRefused("the token function returned no token");
  }
  peer.send({ type: "auth", access_token });
  const answer = await peer.receive();
  const type = isJsonObject(answer) ? answer.type : undefined;
  // The server's message is not passed on, because it could quote the token.
  if (type === "auth_invalid") throw new HandshakeRefused("Home Assistant refused the access token");
  if (type !== "auth_ok") throw unexpected("auth_ok");
  if (waitUntilRunning) await expectRunning(peer);
  return undefined;
}

async function expectType(peer: HandshakePeer, type: string): Promise<void> {
  const message = await peer.receive();
  if (!isJsonObject(message) || message.type !== type) throw unexpected(type);
}

function unexpected(type: string): HandshakeRefused {
  return new HandshakeRefused(`the server did not send ${type}: it is not Home Assistant, or not ready yet`, {
    code: "PROTOCOL_ERROR",
    retryable: true,
  });
}

async function expectRunning(peer: HandshakePeer): Promise<void> {
  peer.send({ id: handshakeId, type: "get_config" });
  for (;;) {
    const message = await peer.receive();
    if (!isJsonObject(message) || message.id !== handshakeId) continue;
    const { result } = message;
    if (isJsonObject(result) && result.state === "RUNNING") return;
    throw new HandshakeRefused("Home Assistant is still starting", {
      code: "CONNECT_FAILED",
      retryable: true,
      retryAfterMs,
    });
  }
}

function fieldsOf({ params }: OutgoingCall): Readonly<Record<string, unknown>> {
  if (params === undefined) return {};
  if (isJsonObject(params)) {
    if (!("id" in params || "type" in params)) return params;
    throw new InvalidMessage(
      "the params of a Home Assistant command must not contain id or type; the type is the method",
    );
  }
  throw new InvalidMessage("the params of a Home Assistant command must be an object with its fields");
}

/** An array carries several messages, if the client enabled that with `supported_features`. */
function classify(message: unknown): Incoming | readonly Incoming[] {
  return Array.isArray(message) ? message.map(classifyOne) : classifyOne(message);
}

function classifyOne(message: unknown): Incoming {
  if (!isJsonObject(message)) return { kind: "ignore" };
  const { id, type } = message;
  if (typeof id !== "number") return { kind: "ignore" };
  if (type === "result") return result(id, message);
  if (type === "pong") return { kind: "reply", id, result: undefined };
  return type === "event" ? { kind: "event", topic: id, data: message.event } : { kind: "ignore" };
}

function result(id: MessageId, { success, result, error }: Readonly<Record<string, unknown>>): Incoming {
  return success === false ? { kind: "error", id, error: remoteError(error) } : { kind: "reply", id, result };
}

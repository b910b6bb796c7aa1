export { type OpenSessionData, openSession } from "./open-session.ts";
export type {
  CallOptions,
  CloseSessionOptions,
  NotifyOptions,
  SubscribeOptions,
} from "./options/call-options.ts";
export type {
  Attempt,
  HeartbeatOptions,
  ReconnectOptions,
  SessionOptions,
} from "./options/session-options.ts";
export {
  type HandshakeOutcome,
  type HandshakePeer,
  type HandshakeRefusal,
  HandshakeRefused,
  type Incoming,
  type MessageId,
  type OutgoingCall,
  type Protocol,
  type RemoteError,
  type SubscriptionRules,
  type Topic,
} from "./protocol.ts";
export { cdp } from "./protocols/cdp.ts";
export { type HomeAssistantOptions, homeAssistant } from "./protocols/home-assistant.ts";
export { type JsonRpcOptions, jsonRpc } from "./protocols/json-rpc.ts";
export { type PlainOptions, plain } from "./protocols/plain.ts";
export type {
  CallData,
  NotifyData,
  Session,
  SessionEvents,
  SessionState,
  SessionStats,
  SubscriptionData,
} from "./session.ts";
export type { StandardSchema } from "./standard-schema.ts";
export type { Subscription } from "./subscription.ts";

import type { CodecOption, RemoteError } from "@outsock/core";

export type { RemoteError };

/** Matches a reply to its call, on one connection. */
export type MessageId = string | number;

/** Matches an event to its subscriptions, on one connection. */
export type Topic = string | number;

/** A call before the protocol encodes it. */
export interface OutgoingCall {
  readonly method: string;
  /** Absent if the caller gave none. */
  readonly params?: unknown;
  /** Which conversation on the connection is meant, for protocols with several: the `sessionId` of CDP. */
  readonly scope?: string | undefined;
}

/** The kind of an incoming message. Every message, whatever its kind, shows that the server is alive. */
export type Incoming =
  | { readonly kind: "reply"; readonly id: MessageId; readonly result: unknown }
  | { readonly kind: "error"; readonly id: MessageId; readonly error: RemoteError }
  | {
      readonly kind: "event";
      readonly topic: Topic;
      readonly data: unknown;
      /** Sent back at once, for servers that want events acknowledged. */
      readonly answer?: unknown;
      /** Replaces the session's resume state, which the next handshake receives. */
      readonly resume?: unknown;
    }
  /** The server wants `message` as an answer at once, such as the reply to its own kind of ping. */
  | { readonly kind: "answer"; readonly message: unknown }
  /** The server will soon end this connection. The session rotates to a new one, at `url` if there is one. */
  | { readonly kind: "go-away"; readonly url?: string; readonly resume?: unknown }
  /** The server receives too many messages. The session sends no calls for `retryAfterMs` milliseconds, at most an hour. */
  | { readonly kind: "slow-down"; readonly retryAfterMs: number }
  /** Replaces the session's resume state. Nothing else happens. */
  | { readonly kind: "resume"; readonly resume: unknown }
  | { readonly kind: "ignore" };

/** A new connection during the protocol's handshake, before it serves calls. */
export interface HandshakePeer {
  /** The current resume state: the option `resume` of `openSession` at first, then what the protocol last set. */
  readonly resume: unknown;
  /** Sends a message through the protocol's codec, without an id. Throws if it could not be sent. */
  send(message: unknown): void;
  /** Resolves with the next message, decoded. Rejects when the connection ends or the handshake times out. */
  receive(): Promise<unknown>;
}

/** What a successful handshake may report. */
export interface HandshakeOutcome {
  /** The server continues where the last connection ended, so no event was missed and no `gap` is emitted. */
  readonly resumed?: boolean;
  /** Replaces the session's resume state. */
  readonly resume?: unknown;
  /** How often the server wants a heartbeat. Values under 1 are ignored; longer ones than an hour count as an hour. */
  readonly heartbeatIntervalMs?: number;
}

/** How the events of a server are subscribed to. */
export interface SubscriptionRules {
  /** The call that starts a subscription; undefined if the server sends the events without one. */
  start(call: OutgoingCall): OutgoingCall | undefined;
  /**
   * The topic of its events, from the id and the result of the starting call; both are undefined if there was no call. If it
   * returns undefined, the server's answer is invalid and the subscription fails with INVALID_RESPONSE.
   */
  topic(call: OutgoingCall, id: MessageId | undefined, result: unknown): Topic | undefined;
  /** The call that ends a subscription; undefined if there is none. */
  stop(call: OutgoingCall, topic: Topic): OutgoingCall | undefined;
}

/**
 * How a session talks to one kind of server. A protocol has no state of a connection: its members are functions of their
 * arguments, so that many sessions can share it. An absent member means that the server lacks the feature.
 */
export interface Protocol {
  /** Short name for error messages, such as "json-rpc". */
  readonly name: string;
  /** WebSocket subprotocols to offer (RFC 6455 section 1.9). */
  readonly subprotocols?: readonly string[];
  /** Default: JSON. */
  readonly codec?: CodecOption;
  /**
   * Runs on each new connection before it serves calls, for authentication and the like. If it throws, the connection is
   * closed and the attempt fails: with the code of a {@link HandshakeRefused}, which also says whether to retry; with an
   * OutsockError as it is; with PROTOCOL_ERROR for anything else.
   */
  handshake?(peer: HandshakePeer): Promise<HandshakeOutcome | undefined>;
  /** The id of the `count`th message that expects an answer, counted from 1 over all connections. Default: `count`. */
  makeId?(count: number): MessageId;
  /** The message of a call. */
  encode(id: MessageId, call: OutgoingCall): unknown;
  /** The message of a notification. Without it, `notify` throws a TypeError. */
  encodeNotification?(call: OutgoingCall): unknown;
  /** The kind of an incoming message, or of each part if it carries several. Unknown messages are `{ kind: "ignore" }`. */
  classify(message: unknown): Incoming | readonly Incoming[];
  /** A message that a live server answers under this id, with a result or an error. Default: ping frames. */
  heartbeat?(id: MessageId): unknown;
  /** Default: the name of the method is the topic, and no call is needed. */
  readonly subscriptions?: SubscriptionRules;
  /** Whether reconnecting is pointless after the server closed with this code. Default: never. */
  isFatalClose?(code: number, reason: string): boolean;
}

export interface HandshakeRefusal {
  /** The code of the error. Default AUTH_FAILED. */
  readonly code?: "AUTH_FAILED" | "PROTOCOL_ERROR" | "CONNECT_FAILED";
  /** Whether to try again. Default false: the session ends. */
  readonly retryable?: boolean;
  /** The shortest pause before the next attempt. */
  readonly retryAfterMs?: number;
}

const brand: symbol = Symbol.for("@outsock/session/HandshakeRefused");

/** Thrown by a protocol's handshake if the server refuses it. The message is for people and must not contain a secret. */
export class HandshakeRefused extends Error {
  override readonly name = "HandshakeRefused";
  readonly refusal: HandshakeRefusal;

  constructor(message: string, refusal: HandshakeRefusal = {}) {
    super(message);
    this.refusal = refusal;
    Object.defineProperty(this, brand, { value: true });
  }

  /** True for errors of every loaded copy of this package, unlike `instanceof`. */
  static is(value: unknown): value is HandshakeRefused {
    return typeof value === "object" && value !== null && brand in value;
  }
}

/** What the protocol makes of a message; undefined if it throws or returns something that is not an `Incoming`. */
export function classified(protocol: Protocol, message: unknown): readonly Incoming[] | undefined {
  try {
    const incoming: unknown = protocol.classify(message);
    if (isIncoming(incoming)) return [incoming];
    return Array.isArray(incoming) && incoming.every(isIncoming) ? incoming : undefined;
  } catch {
    return undefined;
  }
}

function isIncoming(value: unknown): value is Incoming {
  if (typeof value !== "object" || value === null || !("kind" in value)) return false;
  if (value.kind === "reply" || value.kind === "error") return "id" in value && isKey(value.id);
  return value.kind !== "event" || ("topic" in value && isKey(value.topic));
}

/** Whether a value can be an id or a topic. */
export function isKey(value: unknown): value is MessageId | Topic {
  return typeof value === "string" || typeof value === "number";
}

export function isJsonObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The server's error in one form, whatever form the server gave it. */
export function remoteError(value: unknown): RemoteError {
  if (!isJsonObject(value))
    return { code: "unknown", message: typeof value === "string" ? value : "no reason given", data: value };
  const { code, message, data } = value;
  return {
    code: typeof code === "string" || typeof code === "number" ? code : "unknown",
    message: typeof message === "string" ? message : "no reason given",
    ...(data !== undefined && { data }),
  };
}

import type { CodecOption, RemoteError } from "@outsock/core";

export type { RemoteError };

/** What tells the replies of one connection apart. */
export type MessageId = string | number;

/** What tells the events of one subscription from those of others, on one connection. */
export type Topic = string | number;

/** What a caller asks of the server, before a protocol gives it its form. */
export interface OutgoingCall {
  readonly method: string;
  /** Absent where the caller gave none. */
  readonly params?: unknown;
  /** Which of several conversations on the connection it belongs to, where the protocol has such: CDP's `sessionId`. */
  readonly scope?: string | undefined;
}

/** What an incoming message is. Whatever it is, it shows that the server is alive. */
export type Incoming =
  | { readonly kind: "reply"; readonly id: MessageId; readonly result: unknown }
  | { readonly kind: "error"; readonly id: MessageId; readonly error: RemoteError }
  | {
      readonly kind: "event";
      readonly topic: Topic;
      readonly data: unknown;
      /** Sent back at once: for servers that want events acknowledged. */
      readonly answer?: unknown;
      /** Replaces the session's resume state, which the next handshake is given. */
      readonly resume?: unknown;
    }
  /** The server asks for an answer at once, such as the reply to a ping of its own making. */
  | { readonly kind: "answer"; readonly message: unknown }
  /** The server will soon end this connection: the session moves to a new one, at `url` where one is given. */
  | { readonly kind: "go-away"; readonly url?: string; readonly resume?: unknown }
  /** The server counts too many messages: the session sends no calls for that long. */
  | { readonly kind: "slow-down"; readonly retryAfterMs: number }
  /** Nothing to do, but worth keeping for the next handshake. */
  | { readonly kind: "resume"; readonly resume: unknown }
  | { readonly kind: "ignore" };

/** A new connection before it serves calls, as the protocol's handshake sees it. */
export interface HandshakePeer {
  /** The state that the protocol left for the next handshake; undefined at first. */
  readonly resume: unknown;
  /** Sends a message as it is, through the protocol's codec. */
  send(message: unknown): void;
  /** The next message, decoded. Rejects when the connection ends or the handshake's time is over. */
  receive(): Promise<unknown>;
}

/** What a handshake that went well may tell. */
export interface HandshakeOutcome {
  /** The server goes on where the last connection ended, so no event was missed. */
  readonly resumed?: boolean;
  /** Replaces the session's resume state. */
  readonly resume?: unknown;
  /** The server said how often it wants to hear a heartbeat. */
  readonly heartbeatIntervalMs?: number;
}

/** How a session follows what a server tells without being asked. */
export interface SubscriptionRules {
  /** The call that starts it; undefined where the server sends such events to everybody. */
  start(call: OutgoingCall): OutgoingCall | undefined;
  /**
   * The topic under which its events come, from the id of the starting call and the result it had; both are undefined
   * where there was no call. Undefined: the server's answer makes no sense, and the subscription fails.
   */
  topic(call: OutgoingCall, id: MessageId | undefined, result: unknown): Topic | undefined;
  /** The call that ends it; undefined where there is none. */
  stop(call: OutgoingCall, topic: Topic): OutgoingCall | undefined;
}

/**
 * How a session talks to one kind of server. It holds no state of a connection: everything is a function of what it is
 * given, so that one protocol serves many sessions. A member that is absent is a thing the server does not have.
 */
export interface Protocol {
  /** Short name for messages: "json-rpc". */
  readonly name: string;
  /** Offered with the WebSocket handshake (RFC 6455 section 1.9). */
  readonly subprotocols?: readonly string[];
  /** Default: JSON. */
  readonly codec?: CodecOption;
  /**
   * Runs on each new connection before it serves calls: authentication, hello. What it throws ends the connection; a
   * {@stream HandshakeRefused} says whether another try makes sense.
   */
  handshake?(peer: HandshakePeer): Promise<HandshakeOutcome | undefined>;
  /** The id of the `count`th message that is answered, counted over all connections. Default: `count`, from 1. */
  makeId?(count: number): MessageId;
  /** The message that asks the server for a call. */
  encode(id: MessageId, call: OutgoingCall): unknown;
  /** The message of a call that is not answered. Absent: `notify` fails. */
  encodeNotification?(call: OutgoingCall): unknown;
  /** What an incoming message is; several where one message carries several. What it cannot read it ignores. */
  classify(message: unknown): Incoming | readonly Incoming[];
  /** The message that asks whether the server lives: it answers under this id, with a result or an error. Absent: ping frames. */
  heartbeat?(id: MessageId): unknown;
  readonly subscriptions?: SubscriptionRules;
  /** Whether a close by the server with this code means that connecting again is of no use. Default: never. */
  isFatalClose?(code: number, reason: string): boolean;
}

export interface HandshakeRefusal {
  /** Default AUTH_FAILED. */
  readonly code?: "AUTH_FAILED" | "PROTOCOL_ERROR" | "CONNECT_FAILED";
  /** Whether another try may go better. Default false: the session ends. */
  readonly retryable?: boolean;
  /** Milliseconds that the server wants to be left alone. */
  readonly retryAfterMs?: number;
}

const brand: symbol = Symbol.for("@outsock/session/HandshakeRefused");

/** Thrown by a protocol's handshake where the server refused. The message is for people and carries no secret. */
export class HandshakeRefused extends Error {
  override readonly name = "HandshakeRefused";
  readonly refusal: HandshakeRefusal;

  constructor(message: string, refusal: HandshakeRefusal = {}) {
    super(message);
    this.refusal = refusal;
    Object.defineProperty(this, brand, { value: true });
  }

  /** True for errors of every loaded copy of this package, where `instanceof` sees only one. */
  static is(value: unknown): value is HandshakeRefused {
    return typeof value === "object" && value !== null && brand in value;
  }
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

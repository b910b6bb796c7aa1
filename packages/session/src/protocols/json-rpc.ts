import { InvalidMessage } from "@outsock/core";
import { checkOptions, checks } from "@outsock/core/options";
import {
  type Incoming,
  isJsonObject,
  isKey,
  type MessageId,
  type OutgoingCall,
  type Protocol,
  remoteError,
  type SubscriptionRules,
} from "../protocol.ts";

export interface JsonRpcOptions {
  /** A cheap method that is called instead of sending ping frames, such as "net_version". Default: ping frames. */
  readonly heartbeatMethod?: string | undefined;
  /**
   * Which methods start a subscription, so that their result is its id. Default: those with "subscribe" in their name. For
   * Substrate's `author_submitAndWatchExtrinsic` and their like.
   */
  readonly isSubscribeMethod?: ((method: string) => boolean) | undefined;
  /**
   * The method that ends what another started. Default: the same with "unsubscribe" for "subscribe", so
   * `eth_unsubscribe`, `accountUnsubscribe`, `chain_unsubscribeNewHeads`.
   */
  readonly unsubscribeMethod?: ((method: string) => string) | undefined;
}

const jsonRpcChecks = {
  heartbeatMethod: checks.text,
  isSubscribeMethod: checks.callback,
  unsubscribeMethod: checks.callback,
};

/**
 * JSON-RPC 2.0 (https://www.jsonrpc.org/specification), with notifications both ways and subscriptions in the style of
 * Ethereum, Solana and Polkadot: `subscribe("eth_subscribe", ["newHeads"])` gives the `params.result` of each
 * notification of that subscription. A method without "subscribe" in its name is followed without a call: its notifications'
 * `params` are the events. Batches are understood; requests of the server are answered with "Method not found".
 *
 * @throws TypeError for an unknown option or one of the wrong type.
 */
export function jsonRpc(options: JsonRpcOptions = {}): Protocol {
  checkOptions("jsonRpc", jsonRpcChecks, options);
  const { heartbeatMethod, isSubscribeMethod = namesSubscribe, unsubscribeMethod = counterpart } = options;
  return {
    name: "json-rpc",
    encode: (id, call) => ({ jsonrpc: "2.0", id, ...body(call) }),
    encodeNotification: (call) => ({ jsonrpc: "2.0", ...body(call) }),
    classify,
    ...(heartbeatMethod !== undefined && {
      heartbeat: (id: MessageId) => ({ jsonrpc: "2.0", id, method: heartbeatMethod }),
    }),
    subscriptions: subscriptionsWith(isSubscribeMethod, unsubscribeMethod),
  };
}

/** Section 4.2: parameters are an array or an object, or left out. */
function body({ method, params }: OutgoingCall): { method: string; params?: unknown } {
  if (params === undefined) return { method };
  if (typeof params === "object" && params !== null) return { method, params };
  throw new InvalidMessage("the params of JSON-RPC are an array or an object (JSON-RPC 2.0, section 4.2)");
}

function classify(message: unknown): Incoming | readonly Incoming[] {
  return Array.isArray(message) ? message.map(classifyOne) : classifyOne(message);
}

function classifyOne(message: unknown): Incoming {
  if (!isJsonObject(message)) return { kind: "ignore" };
  const { id, method } = message;
  const identified = isKey(id);
  if (typeof method === "string")
    return identified ? unknownMethod(id) : notification(method, message.params);
  if (!identified) return { kind: "ignore" };
  // Servers of JSON-RPC 1.0 habits send both members, one of them null; in 2.0 only one is there (section 5).
  const failed = message.error !== undefined && message.error !== null;
  if ("result" in message && !failed) return { kind: "reply", id, result: message.result };
  return "error" in message ? { kind: "error", id, error: remoteError(message.error) } : { kind: "ignore" };
}

/** Section 5.1. */
function unknownMethod(id: MessageId): Incoming {
  return {
    kind: "answer",
    message: { jsonrpc: "2.0", id, error: { code: -32601, message: "Method not found" } },
  };
}

function notification(method: string, params: unknown): Incoming {
  if (isJsonObject(params) && isKey(params.subscription)) {
    return { kind: "event", topic: params.subscription, data: params.result };
  }
  return { kind: "event", topic: method, data: params };
}

function subscriptionsWith(
  starts: (method: string) => boolean,
  unsubscribeMethod: (method: string) => string,
): SubscriptionRules {
  return {
    start: (call) => (starts(call.method) ? call : undefined),
    topic: ({ method }, id, result) => {
      if (id === undefined) return method;
      return isKey(result) ? result : undefined;
    },
    stop: ({ method }, topic) =>
      starts(method) ? { method: unsubscribeMethod(method), params: [topic] } : undefined,
  };
}

function namesSubscribe(method: string): boolean {
  return /subscribe/i.test(method);
}

function counterpart(method: string): string {
  return method.replace(/subscribe/i, (word) => {
    if (word === word.toUpperCase()) return "UNSUBSCRIBE";
    return word.startsWith("S") ? "Unsubscribe" : "unsubscribe";
  });
}

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
  /** A cheap method to call as the heartbeat, such as "net_version". Default: ping frames. */
  readonly heartbeatMethod?: string | undefined;
  /**
   * Whether a method starts a subscription whose id is the result. Default: methods with "subscribe" in their name. Set it for
   * methods like Substrate's `author_submitAndWatchExtrinsic`.
   */
  readonly isSubscribeMethod?: ((method: string) => boolean) | undefined;
  /**
   * The method that ends a subscription, from the one that started it. Default: "subscribe" replaced by "unsubscribe", as in
   * `eth_unsubscribe`, `accountUnsubscribe` and `chain_unsubscribeNewHeads`.
   */
  readonly unsubscribeMethod?: ((method: string) => string) | undefined;
}

const jsonRpcChecks = {
  heartbeatMethod: checks.text,
  isSubscribeMethod: checks.callback,
  unsubscribeMethod: checks.callback,
};

/**
 * JSON-RPC 2.0 (https://www.jsonrpc.org/specification), with notifications in both directions and subscriptions as in
 * Ethereum, Solana and Polkadot: `subscribe("eth_subscribe", ["newHeads"])` yields the `params.result` of each notification of
 * that subscription. Subscribing to a method without "subscribe" in its name sends no call and yields the `params` of its
 * notifications. Batches of the server are split, and its requests are answered with "Method not found".
 *
 * @throws TypeError for an unknown option or an option of the wrong type.
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

/** Section 4.2: params are an array, an object or absent. */
function body({ method, params }: OutgoingCall): { method: string; params?: unknown } {
  if (params === undefined) return { method };
  if (typeof params === "object" && params !== null) return { method, params };
  throw new InvalidMessage("the params must be an array or an object (JSON-RPC 2.0, section 4.2)");
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
  // Servers in the style of JSON-RPC 1.0 send both members, one of them null; 2.0 allows only one (section 5).
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

import { type Incoming, isJsonObject, type Protocol, remoteError } from "../protocol.ts";

/**
 * The largest id. Beyond it Chromium answers without an id, and Node's inspector under one that happens to lie in its memory,
 * which may be another call's.
 */
const maxId = 2 ** 31 - 1;

/**
 * The Chrome DevTools Protocol (https://chromedevtools.github.io/devtools-protocol), of Chromium and of Node's inspector.
 * `scope` is the `sessionId` of an attached target (`Target.attachToTarget` with `flatten: true`), for calls and for subscriptions:
 * `subscribe("Page.loadEventFired", undefined, { scope })` gives the `params` of each such event. Nothing is sent for a subscription;
 * most domains want a call of their `enable` first. A target's `sessionId` belongs to one connection, so open such a session
 * with `reconnect: false`. The heartbeat is a call of `Browser.getVersion`, as Node's inspector ends a connection that sends ping frames; it
 * does not know the method, and its error shows as well that it lives.
 */
export function cdp(): Protocol {
  return {
    name: "cdp",
    makeId: (count) => ((count - 1) % maxId) + 1,
    encode: (id, { method, params, scope }) => ({
      id,
      method,
      ...(params !== undefined && { params }),
      ...(scope !== undefined && { sessionId: scope }),
    }),
    classify,
    heartbeat: (id) => ({ id, method: "Browser.getVersion" }),
    subscriptions: {
      start: () => undefined,
      topic: ({ method, scope }) => topicOf(method, scope),
      stop: () => undefined,
    },
  };
}

function classify(message: unknown): Incoming {
  if (!isJsonObject(message)) return { kind: "ignore" };
  const { id, method, params, sessionId } = message;
  if (typeof id === "number") {
    if ("error" in message) return { kind: "error", id, error: remoteError(message.error) };
    return { kind: "reply", id, result: message.result };
  }
  if (typeof method !== "string") return { kind: "ignore" };
  return {
    kind: "event",
    topic: topicOf(method, typeof sessionId === "string" ? sessionId : undefined),
    data: params,
  };
}

/** Method names have no "@". */
function topicOf(method: string, sessionId: string | undefined): string {
  return sessionId === undefined ? method : `${method}@${sessionId}`;
}

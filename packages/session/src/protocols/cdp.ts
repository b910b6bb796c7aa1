import { type Incoming, isJsonObject, type Protocol, remoteError } from "../protocol.ts";

/** The largest id. Beyond it Chromium answers without an id, and Node's inspector with an arbitrary one, which may be another call's. */
const maxId = 2 ** 31 - 1;

/**
 * The Chrome DevTools Protocol (https://chromedevtools.github.io/devtools-protocol), of Chromium and of Node's inspector.
 *
 * `scope` is the `sessionId` of an attached target (`Target.attachToTarget` with `flatten: true`), for calls and for
 * subscriptions: `subscribe("Page.loadEventFired", undefined, { scope })` yields the `params` of each such event. A
 * subscription sends nothing; most domains need a call of their `enable` method first. A target's `sessionId` belongs to one
 * connection, so open a session that uses one with `reconnect: false`.
 *
 * The heartbeat is a call of `Browser.getVersion`, because Node's inspector ends a connection that sends ping frames. It does
 * not know the method, but its error also shows that it is alive.
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

/** Method names contain no "@". */
function topicOf(method: string, sessionId: string | undefined): string {
  return sessionId === undefined ? method : `${method}@${sessionId}`;
}

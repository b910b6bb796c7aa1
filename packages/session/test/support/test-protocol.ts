import type { Incoming, Protocol } from "../../src/protocol.ts";

/** A protocol of few words, for tests of what all protocols have in common. */
export const testProtocol: Protocol = {
  name: "test",
  encode: (id, { method, params, scope }) => ({ id, method, params, scope }),
  encodeNotification: ({ method, params }) => ({ method, params }),
  classify,
  subscriptions: {
    start: ({ method, params }) =>
      method.startsWith("all:") ? undefined : { method: "subscribe", params: { to: method, params } },
    topic: ({ method }, id, result) => {
      if (id === undefined) return method.slice("all:".length);
      return typeof result === "string" ? result : undefined;
    },
    stop: ({ method }, topic) =>
      method.startsWith("all:") ? undefined : { method: "unsubscribe", params: { topic } },
  },
  isFatalClose: (code) => code === 4001,
};

function classify(message: unknown): Incoming | readonly Incoming[] {
  if (Array.isArray(message)) return message.map((one) => one);
  if (typeof message !== "object" || message === null) return { kind: "ignore" };
  const fields = new Map(Object.entries(message));
  const id = fields.get("id");
  if (typeof id === "number" || typeof id === "string") {
    return fields.has("error")
      ? { kind: "error", id, error: fields.get("error") }
      : { kind: "reply", id, result: fields.get("result") };
  }
  const topic = fields.get("topic");
  if (typeof topic === "string") {
    return {
      kind: "event",
      topic,
      data: fields.get("data"),
      resume: fields.get("resume"),
      answer: fields.get("ack"),
    };
  }
  if (fields.has("goAway")) {
    const url = fields.get("goAway");
    return typeof url === "string" ? { kind: "go-away", url } : { kind: "go-away" };
  }
  if (fields.has("slowDownMs")) return { kind: "slow-down", retryAfterMs: Number(fields.get("slowDownMs")) };
  if (fields.has("ping")) return { kind: "answer", message: { pong: fields.get("ping") } };
  if (fields.has("throw")) throw new Error("the protocol broke");
  return { kind: "ignore" };
}

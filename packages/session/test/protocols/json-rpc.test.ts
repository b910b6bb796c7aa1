import { startJsonRpcServer } from "@outsock/test-servers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { jsonRpc } from "../../src/index.ts";
import { next, openReal, use } from "../support/real.ts";

describe("jsonRpc, against a server of the package json-rpc-2.0", () => {
  it("Calls return results and the server's own errors", async () => {
    const { url } = await use(startJsonRpcServer());
    const session = await openReal({ url, protocol: jsonRpc() });
    expect((await session.call("add", [1, 2])).data?.response).toBe(3);
    const many = await Promise.all(Array.from({ length: 200 }, (_, n) => session.call("echo", [n])));
    expect(many.map(({ data }) => data?.response)).toEqual(Array.from({ length: 200 }, (_, n) => [n]));
    const failed = await session.call("fail");
    expect(failed.error).toMatchObject({
      code: "REMOTE_ERROR",
      sent: "yes",
      remote: { code: -32_000, message: "it failed", data: { reason: "on purpose" } },
    });
    expect((await session.call("nothing")).error?.remote?.code).toBe(-32_601);
  });

  it("Notifications are sent in the order of the calls", async () => {
    const server = await use(startJsonRpcServer());
    const session = await openReal({ url: server.url, protocol: jsonRpc() });
    expect(await session.notify("note", { a: 1 })).toMatchObject({ success: true });
    await session.call("echo", []);
    expect(server.received).toEqual(["note", "echo"]);
  });

  it("A subscription survives a lost connection, and the gap is reported", async () => {
    const server = await use(startJsonRpcServer());
    const session = await openReal({ url: server.url, protocol: jsonRpc(), reconnect: { baseDelayMs: 1 } });
    const subscribed = await session.subscribe("eth_subscribe", ["newHeads"]);
    const heads = subscribed.data?.subscription[Symbol.asyncIterator]();
    server.push("newHeads", { number: 1 });
    expect(await heads?.next()).toEqual({ done: false, value: { number: 1 } });
    const gap = next(session, "gap");
    server.dropConnections();
    expect(await gap).toMatchObject({ subscriptions: 1 });
    await session.call("echo", []);
    expect(server.subscriptionCount).toBe(1);
    server.push("newHeads", { number: 5 });
    expect(await heads?.next()).toEqual({ done: false, value: { number: 5 } });
    await heads?.return?.();
    await session.call("echo", []);
    expect(server.subscriptionCount).toBe(0);
  });
});

describe("jsonRpc", () => {
  const { classify, encode, subscriptions } = jsonRpc();

  it("Params that are neither an array nor an object are refused", async () => {
    const { url } = await use(startJsonRpcServer());
    const session = await openReal({ url, protocol: jsonRpc() });
    const { error } = await session.call("echo", 5);
    expect(error).toMatchObject({ code: "INVALID_MESSAGE", sent: "no" });
    expect((await session.call("echo", [5])).success).toBe(true);
  });

  it("Messages are encoded as the specification requires", () => {
    expect(encode(7, { method: "m", params: [1] })).toEqual({
      jsonrpc: "2.0",
      id: 7,
      method: "m",
      params: [1],
    });
    expect(encode(8, { method: "m" })).toEqual({ jsonrpc: "2.0", id: 8, method: "m" });
  });

  it("Replies, errors, notifications, batches and server requests are classified", () => {
    expect(classify({ jsonrpc: "2.0", id: 1, result: null })).toEqual({ kind: "reply", id: 1, result: null });
    expect(classify({ id: "a", error: { code: 1, message: "m", data: 2 } })).toEqual({
      kind: "error",
      id: "a",
      error: { code: 1, message: "m", data: 2 },
    });
    expect(
      classify([
        { id: 1, result: 1 },
        { method: "n", params: [2] },
      ]),
    ).toEqual([
      { kind: "reply", id: 1, result: 1 },
      { kind: "event", topic: "n", data: [2] },
    ]);
    expect(classify({ id: 3, method: "ask" })).toMatchObject({
      kind: "answer",
      message: { id: 3, error: { code: -32_601 } },
    });
    expect(classify({ id: null, error: { code: -32_700, message: "Parse error" } })).toEqual({
      kind: "ignore",
    });
  });

  it("An answer with error null is a success, and one with result null and an error is a failure", () => {
    expect(classify({ id: 1, result: 5, error: null })).toEqual({ kind: "reply", id: 1, result: 5 });
    const error = { code: 1, message: "m" };
    expect(classify({ id: 1, result: null, error })).toEqual({ kind: "error", id: 1, error });
    expect(classify({ id: 1, error: null })).toMatchObject({ kind: "error", id: 1 });
  });

  it("Any JSON is classified without throwing", () => {
    fc.assert(fc.property(fc.jsonValue(), (message) => void classify(message)));
  });

  it.each([
    ["eth_subscribe", "0x1", "eth_unsubscribe"],
    ["accountSubscribe", 23_784, "accountUnsubscribe"],
    ["chain_subscribeNewHeads", "abc", "chain_unsubscribeNewHeads"],
    ["SUBSCRIBE", "abc", "UNSUBSCRIBE"],
  ])("%s is followed by the id that the server returns, and ended with it", (method, id, stop) => {
    expect(subscriptions?.start({ method, params: [] })).toEqual({ method, params: [] });
    expect(subscriptions?.topic({ method }, 1, id)).toBe(id);
    expect(subscriptions?.stop({ method }, id)).toEqual({ method: stop, params: [id] });
    expect(subscriptions?.topic({ method }, 1, { odd: true })).toBeUndefined();
    expect(classify({ method: "notification", params: { subscription: id, result: 9 } })).toEqual({
      kind: "event",
      topic: id,
      data: 9,
    });
  });

  it("A method without subscribe in its name is followed by its name, without a call", () => {
    expect(subscriptions?.start({ method: "news" })).toBeUndefined();
    expect(subscriptions?.topic({ method: "news" }, undefined, undefined)).toBe("news");
    expect(subscriptions?.stop({ method: "news" }, "news")).toBeUndefined();
  });

  it("isSubscribeMethod decides which methods start a subscription", () => {
    const own = jsonRpc({
      isSubscribeMethod: (method) => method.endsWith("AndWatch"),
      unsubscribeMethod: () => "unwatch",
    });
    expect(own.subscriptions?.start({ method: "submitAndWatch" })).toEqual({ method: "submitAndWatch" });
    expect(own.subscriptions?.stop({ method: "submitAndWatch" }, 7)).toEqual({
      method: "unwatch",
      params: [7],
    });
    expect(own.subscriptions?.start({ method: "eth_subscribe" })).toBeUndefined();
  });

  it("unsubscribeMethod and heartbeatMethod replace the defaults", () => {
    const own = jsonRpc({ unsubscribeMethod: () => "bye", heartbeatMethod: "net_version" });
    expect(own.subscriptions?.stop({ method: "eth_subscribe" }, "x")?.method).toBe("bye");
    expect(own.heartbeat?.(4)).toEqual({ jsonrpc: "2.0", id: 4, method: "net_version" });
    expect(jsonRpc().heartbeat).toBeUndefined();
    expect(() => jsonRpc({ heartbeatMethod: "" })).toThrow(TypeError);
  });
});

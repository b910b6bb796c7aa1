import { describe, expect, it } from "vitest";
import type { Incoming, Protocol } from "../src/index.ts";
import { stage } from "./support/stage.ts";
import { testProtocol } from "./support/test-protocol.ts";

/** The test protocol, except that it takes a message with a field `odd` as its value says. */
function odd(classified: unknown): Protocol {
  return {
    ...testProtocol,
    classify(message) {
      const isOdd = typeof message === "object" && message !== null && "odd" in message;
      return isOdd ? JSON.parse("[]").concat(classified) : testProtocol.classify(message);
    },
  };
}

describe("what a protocol makes of a message", () => {
  it.each<[string, unknown]>([
    ["a reply without an id", { kind: "reply" }],
    ["a reply to an id that is no id", { kind: "reply", id: Symbol("id"), result: 1 }],
    ["an error of an object", { kind: "error", id: {}, error: { code: 1, message: "no" } }],
    ["an event without a topic", { kind: "event", data: 1 }],
    ["a go-away to nowhere", { kind: "go-away", url: "::::" }],
    ["a go-away to a number", { kind: "go-away", url: 5 }],
    ["a slow-down of no time", { kind: "slow-down", retryAfterMs: Number.NaN }],
    ["an answer that cannot be sent", { kind: "answer", message: 10n }],
  ])("may be nonsense: %s, and the session goes on", async (_, classified) => {
    const { open, server, clock } = stage();
    const session = await open({ protocol: odd(classified) });
    const held = session.call("hold", 1, { timeoutMs: 900 });
    server.last.send({ odd: true });
    await clock.advance(0);
    await clock.advance(1_000);
    expect((await held).error?.code).toBe("RECEIVE_TIMEOUT");
    expect((await session.call("echo", 1)).data?.response).toBe(1);
    expect(server.open).toHaveLength(1);
  });

  it("is counted as unreadable where it is for nobody", async () => {
    const { open, server, clock } = stage();
    const session = await open({ protocol: odd([{ kind: "event", data: 1 }]) });
    const events: unknown[] = [];
    session.on("event", (event) => events.push(event));
    server.last.send({ odd: true });
    await clock.advance(0);
    expect([session.getStats().unreadableCount, events]).toEqual([1, []]);
  });

  it.each<[unknown, unknown]>([
    [undefined, { code: "unknown", message: "no reason given" }],
    [null, { code: "unknown", message: "no reason given", data: null }],
    ["too busy", { code: "unknown", message: "too busy" }],
    [{ code: 7 }, { code: 7, message: "no reason given" }],
  ])("may be an error of any form: %j ends its call with REMOTE_ERROR", async (error, remote) => {
    const { open, server, clock } = stage();
    const session = await open({ protocol: odd({ kind: "error", id: 1, error }) });
    const call = session.call("hold", 1);
    await clock.advance(0);
    server.last.send({ odd: true });
    await clock.advance(0);
    expect((await call).error).toMatchObject({ code: "REMOTE_ERROR", sent: "yes", remote });
    expect(session.getStats().inFlight).toBe(0);
  });
});

it.each([null, 5])("a go-away to %j is one to where the session went before", async (goAway) => {
  const { open, network, clock } = stage();
  const opened: string[] = [];
  network.listen("wss://safe.example", (peer) => {
    opened.push(peer.url);
    if (opened.length === 1) peer.send('{"odd":true}');
  });
  const session = await open({ url: "wss://safe.example", protocol: odd({ kind: "go-away", url: goAway }) });
  await clock.advance(0);
  expect(opened).toHaveLength(2);
  expect([session.state, session.getStats().rotationsCount]).toEqual(["ready", 1]);
});

describe("a heartbeat", () => {
  const asking = { ...testProtocol, heartbeat: (id: string | number) => ({ id, method: "beat" }) };

  it("is answered also where the server writes its number as a string", async () => {
    const { open, server, clock } = stage();
    server.answers.beat = () => ({ result: "alive" });
    const asString = (incoming: Incoming | readonly Incoming[]) =>
      "kind" in incoming && incoming.kind === "reply" ? { ...incoming, id: String(incoming.id) } : incoming;
    const session = await open({
      protocol: { ...asking, classify: (message) => asString(testProtocol.classify(message)) },
      heartbeat: { intervalMs: 1_000, timeoutMs: 500, verifyTimeoutMs: 100 },
    });
    clock.freeze(60_000);
    const call = session.call("echo", 1);
    await clock.advance(100);
    expect((await call).data?.response).toBe(1);
    expect([server.connectionCount, session.getStats().unknownRepliesCount]).toEqual([1, 0]);
  });

  it.each([
    [Number.POSITIVE_INFINITY, 3_600_000],
    [1e12, 3_600_000],
    [Number.NaN, 20_000],
    [Object("500"), 20_000],
  ])("at an interval of %o is one every %i ms", async (heartbeatIntervalMs, delayMs) => {
    const { open, server, clock } = stage();
    await open({ protocol: { ...asking, handshake: async () => ({ heartbeatIntervalMs }) } });
    await clock.advance(delayMs - 1);
    expect(server.last.received).toEqual([]);
    await clock.advance(1);
    expect(server.last.received).toMatchObject([{ method: "beat" }]);
  });
});

it("rules of subscriptions that break over a call fail it, and leave nothing behind", async () => {
  const { open } = stage();
  const start = (): never => {
    throw new Error("the protocol broke");
  };
  const session = await open({
    protocol: { ...testProtocol, subscriptions: { start, topic: () => "news", stop: () => undefined } },
  });
  expect((await session.subscribe("news")).error).toMatchObject({ code: "SERIALIZE_FAILED", sent: "no" });
  expect(session.getStats().subscriptions).toBe(0);
});

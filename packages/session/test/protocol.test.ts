import { describe, expect, it } from "vitest";
import { HandshakeRefused, type Protocol } from "../src/index.ts";
import { stage } from "./support/stage.ts";
import { testProtocol } from "./support/test-protocol.ts";

const broken = (): never => {
  throw new Error("the protocol broke");
};

/** The test protocol, except that it classifies a message with a field `odd` as given here. */
function odd(classified: unknown): Protocol {
  return {
    ...testProtocol,
    classify(message) {
      const isOdd = typeof message === "object" && message !== null && "odd" in message;
      return isOdd ? JSON.parse("[]").concat(classified) : testProtocol.classify(message);
    },
  };
}

describe("a protocol that throws", () => {
  it.each<[string, Partial<Protocol>]>([
    ["while it encodes", { encode: broken }],
    ["while it makes an id", { makeId: broken }],
    ["by making the same id twice", { makeId: () => 1 }],
  ])("A protocol that throws %s fails the call, and the next call is sent", async (_, part) => {
    const { open, clock } = stage();
    let healthy = false;
    const protocol: Protocol = {
      ...testProtocol,
      encode: (id, call) =>
        healthy ? testProtocol.encode(id, call) : (part.encode ?? testProtocol.encode)(id, call),
      makeId: (count) => (healthy || part.makeId === undefined ? 100 + count : part.makeId(count)),
    };
    const session = await open({ protocol });
    void session.call("hold", 0);
    expect((await session.call("echo", 1)).error).toMatchObject({ code: "SERIALIZE_FAILED", sent: "no" });
    healthy = true;
    const next = session.call("echo", 2);
    await clock.advance(0);
    expect((await next).data?.response).toBe(2);
  });

  it("A message that it cannot classify is dropped, and nothing else is lost", async () => {
    const { open, server, clock } = stage();
    const nonsense: unknown[] = [undefined, 5, {}, [{ kind: "ignore" }, null], { kind: "unheard of" }];
    const protocol: Protocol = {
      ...testProtocol,
      classify(message) {
        const next = nonsense.shift();
        return nonsense.length > 0 || next !== undefined ? Object(next) : testProtocol.classify(message);
      },
    };
    const session = await open({ protocol });
    for (let n = nonsense.length; n > 0; n -= 1) server.last.send({ n });
    await clock.advance(0);
    expect((await session.call("echo", 1)).data?.response).toBe(1);
  });

  it("The session survives a heartbeat or isFatalClose that throws", async () => {
    const { open, server, clock } = stage();
    const protocol: Protocol = { ...testProtocol, heartbeat: broken, isFatalClose: broken };
    const session = await open({ protocol, heartbeat: { intervalMs: 100, timeoutMs: 100 } });
    server.last.peer.close(4001);
    await clock.advance(1_000);
    expect(server.connectionCount).toBeGreaterThan(1);
    expect(session.state).not.toBe("closed");
  });

  it("Subscription rules that throw fail the subscription", async () => {
    const { open, server, clock } = stage();
    const rules = { start: testProtocol.subscriptions?.start ?? broken, topic: broken, stop: broken };
    const session = await open({ protocol: { ...testProtocol, subscriptions: rules } });
    expect((await session.subscribe("news")).error?.code).toBe("INVALID_RESPONSE");
    server.last.peer.drop();
    await clock.advance(1_000);
    expect((await session.call("echo", 1)).success).toBe(true);
  });
});

it("A start rule that throws fails the subscription and leaves nothing behind", async () => {
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

describe("a protocol's classification of a message", () => {
  it.each<[string, unknown]>([
    ["a reply without an id", { kind: "reply" }],
    ["a reply to an id that is no id", { kind: "reply", id: Symbol("id"), result: 1 }],
    ["an error of an object", { kind: "error", id: {}, error: { code: 1, message: "no" } }],
    ["an event without a topic", { kind: "event", data: 1 }],
    ["a go-away to nowhere", { kind: "go-away", url: "::::" }],
    ["a go-away to a number", { kind: "go-away", url: 5 }],
    ["a slow-down of no time", { kind: "slow-down", retryAfterMs: Number.NaN }],
    ["an answer that cannot be sent", { kind: "answer", message: 10n }],
  ])("The session survives nonsense: %s", async (_, classified) => {
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

  it("A classification without a topic is counted as unreadable", async () => {
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
  ])("The error %j fails its call with REMOTE_ERROR", async (error, remote) => {
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

describe("what a server asks for", () => {
  it("A delay is respected for at most an hour", async () => {
    const { open, server, clock } = stage();
    let refusals = 0;
    const session = await open({
      protocol: {
        ...testProtocol,
        async handshake() {
          refusals += 1;
          const refusal = { retryable: true, retryAfterMs: 1e12 };
          if (refusals === 2) throw new HandshakeRefused("come back in 30 years", refusal);
          return undefined;
        },
      },
    });
    server.last.peer.drop();
    await clock.advance(1_000);
    await clock.advance(3_599_999);
    expect(session.state).toBe("waiting");
    await clock.advance(1);
    expect(session.state).toBe("ready");
    server.last.send({ slowDownMs: 1e12 });
    server.last.send({ slowDownMs: -5 });
    await clock.advance(0);
    const call = session.call("echo", 1, { timeoutMs: 4_000_000 });
    await clock.advance(3_600_000);
    expect((await call).success).toBe(true);
  });

  it("A heartbeat interval of 0 is ignored", async () => {
    const { open, server, clock } = stage();
    const heartbeat = (id: string | number) => ({ id, method: "echo" });
    await open({
      protocol: { ...testProtocol, heartbeat, handshake: async () => ({ heartbeatIntervalMs: 0 }) },
    });
    await clock.advance(10_000);
    expect(server.last.received).toEqual([]);
  });

  it("A go-away from wss to ws is not followed, because the headers could be read", async () => {
    const { open, network, clock } = stage();
    const opened: string[] = [];
    network.listen("wss://safe.example", (peer) => {
      opened.push(peer.url);
      if (opened.length === 1) peer.send('{"goAway":"ws://open.example"}');
    });
    network.listen("ws://open.example", (peer) => opened.push(peer.url));
    const session = await open({ url: "wss://safe.example", headers: { authorization: "hunter2" } });
    await clock.advance(0);
    expect(opened).toEqual(["wss://safe.example/", "wss://safe.example/"]);
    expect(session.getStats().rotationsCount).toBe(1);
  });
});

it.each([null, 5])("A go-away to %j reconnects to the session's own url", async (goAway) => {
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

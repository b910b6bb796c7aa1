import { describe, expect, it } from "vitest";
import type { Incoming } from "../../src/index.ts";
import { nativeLike, stage } from "../support/stage.ts";
import { testProtocol } from "../support/test-protocol.ts";

const heartbeat = { intervalMs: 1_000, timeoutMs: 500, verifyTimeoutMs: 200 };
const beating = {
  ...testProtocol,
  heartbeat: (id: string | number) => ({ id, method: "echo", params: "beat" }),
};

describe("the heartbeat", () => {
  it("A silent server is sent a ping frame, and a pong keeps the connection", async () => {
    const { open, server, clock } = stage();
    const session = await open({ heartbeat });
    let pings = 0;
    server.last.peer.onPing(() => {
      pings += 1;
    });
    await clock.advance(10_000);
    expect(pings).toBeGreaterThanOrEqual(5);
    expect(session.getStats().connectionsCount).toBe(1);
  });

  it("The protocol's heartbeat message is used, and its answer counts as no reply", async () => {
    const { open, server, clock } = stage();
    const session = await open({ heartbeat, protocol: beating });
    await clock.advance(10_000);
    expect(server.last.calls("echo").length).toBeGreaterThanOrEqual(5);
    expect(session.getStats()).toMatchObject({
      connectionsCount: 1,
      repliesCount: 0,
      lateRepliesCount: 0,
      unknownRepliesCount: 0,
    });
  });

  it("A server that does not answer in time is dead, and the session reconnects", async () => {
    const { open, server, clock } = stage({}, { answersPing: false });
    const session = await open({ heartbeat });
    const states: string[] = [];
    session.on("state", ({ state, error }) => states.push(`${state} ${error?.code}`));
    const call = session.call("hold", 1, { timeoutMs: 60_000 });
    await clock.advance(1_000 + 499);
    expect(session.state).toBe("ready");
    await clock.advance(1);
    expect((await call).error).toMatchObject({ code: "CONNECTION_CLOSED", sent: "maybe" });
    await clock.advance(1_000);
    expect(states).toEqual(["waiting CONNECTION_CLOSED", "connecting undefined", "ready undefined"]);
    expect(server.open).toHaveLength(1);
  });

  it("A server that sends messages is not probed", async () => {
    const { open, server, clock } = stage({}, { answersPing: false });
    const session = await open({ heartbeat });
    for (let n = 0; n < 20; n += 1) {
      server.last.send({ topic: "t", data: n });
      await clock.advance(500);
    }
    expect(session.getStats().connectionsCount).toBe(1);
  });

  it("A timer that fires late in a busy process gives the server a little longer, once", async () => {
    const { open, server, clock } = stage({}, { answersPing: false });
    const session = await open({ heartbeat });
    await clock.advance(1_000 + 499);
    clock.freeze(150);
    await clock.advance(0);
    expect(session.state).toBe("ready");
    server.last.send({ topic: "t", data: "alive" });
    await clock.advance(100);
    expect(session.state).toBe("ready");
    await clock.advance(1_000 + 500);
    expect(session.state).toBe("waiting");
  });

  it("heartbeat: false sends no probes", async () => {
    const { open, server, clock } = stage({}, { answersPing: false });
    let pings = 0;
    await open({ heartbeat: false });
    server.last.peer.onPing(() => {
      pings += 1;
    });
    await clock.advance(100_000);
    expect([pings, server.connectionCount]).toEqual([0, 1]);
  });

  it("There is no heartbeat if neither the protocol nor the transport supports one", async () => {
    const { open, server, clock } = stage(nativeLike());
    await open({ heartbeat });
    await clock.advance(100_000);
    expect(server.connectionCount).toBe(1);
  });

  it("Neither the heartbeat nor a scheduled rotation keeps the process alive", async () => {
    const { open, clock } = stage();
    await open({ heartbeat, maxAgeMs: 3_600_000 });
    await clock.advance(30_000);
    expect(clock.referencedTimers).toBe(0);
  });

  it("A server that asks for an interval is sent heartbeats at it, even while it sends messages", async () => {
    const { open, server, clock } = stage();
    await open({
      heartbeat,
      protocol: { ...beating, handshake: async () => ({ heartbeatIntervalMs: 100 }) },
    });
    for (let n = 0; n < 20; n += 1) {
      server.last.send({ topic: "t", data: n });
      await clock.advance(50);
    }
    expect(server.last.calls("echo")).toHaveLength(10);
  });
});

describe("a process that was suspended", () => {
  it("The server is probed rather than declared dead, and calls wait for its answer", async () => {
    const { open, server, clock } = stage();
    const session = await open({ heartbeat, protocol: beating });
    clock.freeze(3_600_000);
    const call = session.call("echo", "after");
    expect(session.getStats().queued).toBe(1);
    await clock.advance(0);
    expect((await call).data?.response).toBe("after");
    expect(server.connectionCount).toBe(1);
    expect(server.last.received.map(({ params }) => params)).toEqual(["beat", "after"]);
  });

  it("If no answer arrives, calls are sent on a new connection, none of them twice", async () => {
    const { open, server, clock } = stage({}, { answersPing: false });
    const session = await open({ heartbeat });
    clock.freeze(60_000);
    const calls = [1, 2, 3].map((n) => session.call("echo", n));
    await clock.advance(199);
    expect(server.allReceived("echo")).toEqual([]);
    await clock.advance(1_100);
    expect((await Promise.all(calls)).map(({ data }) => data?.response)).toEqual([1, 2, 3]);
    expect(server.connections.map((connection) => connection.calls("echo").length)).toEqual([0, 3]);
  });

  it("If the server closed meanwhile, calls are sent on a new connection", async () => {
    const { open, server, clock } = stage();
    const session = await open({ heartbeat });
    server.last.peer.close(1001);
    clock.freeze(60_000);
    const call = session.call("echo", 1);
    await clock.advance(2_000);
    expect((await call).data?.response).toBe(1);
    expect(server.allReceived("echo")).toHaveLength(1);
  });

  it("The probe is sent even if the timer fires before the first call", async () => {
    const { open, server, clock } = stage({}, { answersPing: false });
    const session = await open({ heartbeat });
    clock.freeze(60_000);
    await clock.advance(0);
    const call = session.call("echo", 1);
    expect(session.getStats().queued).toBe(1);
    await clock.advance(1_300);
    expect((await call).success).toBe(true);
    expect(server.connectionCount).toBe(2);
  });

  it("Repeated suspensions never lose a live connection", async () => {
    const { open, server, clock } = stage();
    const session = await open({ heartbeat });
    for (let invocation = 0; invocation < 20; invocation += 1) {
      clock.freeze(invocation * 777);
      const call = session.call("echo", invocation);
      await clock.advance(invocation % 3 === 0 ? 1 : 700);
      expect((await call).data?.response).toBe(invocation);
    }
    expect(server.connectionCount).toBe(1);
  });

  it("A suspension while the limiter decides probes the server before the call is sent", async () => {
    const permits: (() => void)[] = [];
    const allowed = { allowed: true, limit: 300, remaining: 1, resetAfterMs: 0, source: "remote" } as const;
    const rateLimiter = {
      acquire: () => new Promise<typeof allowed>((resolve) => permits.push(() => resolve(allowed))),
      refund: () => undefined,
      usage: () => ({ used: 0, limit: 300, windowMs: 1_000 }),
      reset: () => undefined,
    };
    const { open, server, clock } = stage({ rateLimiter });
    const opening = open({ heartbeat, protocol: beating });
    await clock.advance(0);
    permits.shift()?.();
    const session = await opening;
    const call = session.call("echo", "after", { timeoutMs: 100_000 });
    clock.freeze(60_000);
    permits.shift()?.();
    await clock.advance(0);
    // The first permit was refunded while the server was probed; this is another one.
    for (const permit of permits.splice(0)) permit();
    await clock.advance(0);
    expect((await call).data?.response).toBe("after");
    expect(server.last.received.map(({ params }) => params)).toEqual(["beat", "after"]);
  });

  it("A server that was probed before the suspension gets another chance", async () => {
    const { open, server, clock } = stage({}, { answersPing: false });
    const session = await open({ heartbeat });
    await clock.advance(2_100);
    clock.freeze(5_000);
    await clock.advance(0);
    expect(session.state).toBe("ready");
    server.last.peer.drop();
  });

  it("Messages that arrived before the suspension are no sign of life", async () => {
    const { open, server, clock } = stage({}, { answersPing: false });
    const session = await open({ heartbeat });
    clock.freeze(60_000);
    server.last.send({ topic: "news", data: "of old" });
    const call = session.call("echo", 1);
    await clock.advance(200);
    expect(server.open).toHaveLength(0);
    await clock.advance(1_000);
    expect((await call).data?.response).toBe(1);
    expect(server.connections.map((connection) => connection.calls("echo").length)).toEqual([0, 1]);
  });

  it("Calls are sent at once while a slow reader pauses the connection", async () => {
    const { open, server, clock } = stage();
    const session = await open({ heartbeat });
    const { data } = await session.subscribe("all:news", undefined, { overflow: "pause", maxEvents: 2 });
    for (const event of [1, 2, 3]) server.last.send({ topic: "news", data: event });
    await clock.advance(0);
    clock.freeze(60_000);
    expect((await session.notify("note")).success).toBe(true);
    await data?.subscription.close();
  });
});

describe("the gap after a silent death", () => {
  it("The gap starts at the last sign of life", async () => {
    const { open, clock } = stage({}, { answersPing: false });
    const session = await open({ heartbeat, reconnect: { baseDelayMs: 100 } });
    const gaps: number[] = [];
    session.on("gap", ({ sinceMs }) => gaps.push(sinceMs));
    await clock.advance(1_500 + 200);
    expect(gaps).toEqual([1_700]);
  });

  it("After a suspension the gap also starts at the last sign of life", async () => {
    const { open, server, clock } = stage();
    const session = await open({ heartbeat, reconnect: { baseDelayMs: 100 } });
    const gaps: number[] = [];
    session.on("gap", ({ sinceMs }) => gaps.push(sinceMs));
    clock.freeze(30_000);
    server.last.peer.drop();
    await clock.advance(500);
    expect(gaps.map((ms) => ms >= 30_000)).toEqual([true]);
  });
});

describe("a connection that is not read", () => {
  it("Paused reading does not count as a dead server", async () => {
    const { open, server, clock } = stage();
    const session = await open({ heartbeat });
    const subscribed = await session.subscribe("all:news", undefined, { overflow: "pause", maxEvents: 2 });
    for (let n = 0; n < 4; n += 1) server.last.send({ topic: "news", data: n });
    await clock.advance(60_000);
    expect(session.getStats().connectionsCount).toBe(1);
    const events = subscribed.data?.subscription[Symbol.asyncIterator]();
    for (let n = 0; n < 4; n += 1) expect(await events?.next()).toMatchObject({ value: n });
    await clock.advance(10_000);
    expect(session.getStats().connectionsCount).toBe(1);
  });
});

describe("a process that is busy at the server's deadline", () => {
  it("The server is excused once, and declared dead the second time", async () => {
    const { open, server, clock } = stage({}, { answersPing: false });
    await open({ heartbeat });
    await clock.advance(1_400);
    clock.freeze(300);
    await clock.advance(0);
    expect(server.open).toHaveLength(1);
    clock.freeze(300);
    await clock.advance(0);
    expect(server.open).toHaveLength(0);
  });

  it("A sign of life allows another excuse", async () => {
    const { open, server, clock } = stage({}, { answersPing: false });
    await open({ heartbeat });
    for (let round = 0; round < 3; round += 1) {
      await clock.advance(1_400);
      clock.freeze(300);
      await clock.advance(50);
      server.last.send({ topic: "life", data: round });
      await clock.advance(50);
      expect(server.open).toHaveLength(1);
    }
  });
});

describe("the answers and intervals of a heartbeat", () => {
  const asking = { ...testProtocol, heartbeat: (id: string | number) => ({ id, method: "beat" }) };

  it("An answer with the id as a string counts", async () => {
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
  ])(
    "A requested interval of %o results in a heartbeat every %i ms",
    async (heartbeatIntervalMs, delayMs) => {
      const { open, server, clock } = stage();
      await open({ protocol: { ...asking, handshake: async () => ({ heartbeatIntervalMs }) } });
      await clock.advance(delayMs - 1);
      expect(server.last.received).toEqual([]);
      await clock.advance(1);
      expect(server.last.received).toMatchObject([{ method: "beat" }]);
    },
  );
});

it("Calls that wait for a sign of life are sent once a slow reader pauses the connection", async () => {
  const { open, server, clock } = stage();
  const session = await open({
    heartbeat: { intervalMs: 1_000, timeoutMs: 500, verifyTimeoutMs: 500 },
  });
  const { data } = await session.subscribe("all:news", undefined, { overflow: "pause", maxEvents: 2 });
  clock.freeze(30_000);
  for (const event of [1, 2, 3, 4, 5]) server.last.send({ topic: "news", data: event });
  const notified = session.notify("note", 1, { timeoutMs: 5_000 });
  await clock.advance(1_000);
  expect((await notified).success).toBe(true);
  expect(server.connectionCount).toBe(1);
  await data?.subscription.close();
});

describe("a connection that has ended", () => {
  const heartbeat = { intervalMs: 3_600_000 };

  it.each<[string, "drop" | "dispose"]>([
    ["lost", "drop"],
    ["given up", "dispose"],
  ])("Its heartbeat leaves no timer when it was %s", async (_, how) => {
    const { open, server, manager, clock } = stage();
    const session = await open({ heartbeat });
    if (how === "drop") server.last.peer.drop();
    else void manager.dispose();
    await clock.advance(0);
    void session.close();
    await clock.advance(60_000);
    expect(clock.timers).toBe(0);
  });
});

import { describe, expect, it } from "vitest";
import { stage } from "../support/stage.ts";

const plenty = {
  rateLimiter: {
    acquire: () => ({ allowed: true, limit: 1e6, remaining: 1e6, resetAfterMs: 0, source: "local" }) as const,
    refund: () => undefined,
    usage: () => ({ used: 0, limit: 1e6, windowMs: 1_000 }),
    reset: () => undefined,
  },
};

describe("rotation", () => {
  it("The new connection opens before the old one is too old, and the old one finishes its calls and closes", async () => {
    const { open, server, clock } = stage();
    const session = await open({ maxAgeMs: 10_000, random: () => 0 });
    const states: string[] = [];
    const rotations: unknown[] = [];
    session.on("state", ({ state }) => states.push(state));
    session.on("rotation", (rotation) => rotations.push(rotation));
    const held = session.call("hold", "old", { timeoutMs: 60_000 });
    await clock.advance(8_499);
    expect(server.connectionCount).toBe(1);
    await clock.advance(1);
    const [old, successor] = server.connections;
    expect(server.open).toHaveLength(2);
    expect(session.state).toBe("rotating");
    expect((await session.call("echo", "new")).data?.response).toBe("new");
    expect(successor?.received).toMatchObject([{ params: "new" }]);
    old?.send({ id: old.received[0]?.id, result: "answered" });
    await clock.advance(0);
    expect((await held).data?.response).toBe("answered");
    expect(server.open).toEqual([successor]);
    expect(session.state).toBe("ready");
    expect(states).toEqual(["rotating", "ready"]);
    expect(rotations).toEqual([{ reason: "age" }]);
    expect(session.getStats()).toMatchObject({ rotationsCount: 1, connectionsCount: 2 });
  });

  it("Rotations are spread over a twentieth of maxAgeMs", async () => {
    const { open, server, clock } = stage();
    await open({ maxAgeMs: 10_000, random: () => 0.999 });
    await clock.advance(8_999);
    expect(server.connectionCount).toBe(1);
    await clock.advance(1);
    expect(server.connectionCount).toBe(2);
  });

  it("Under constant load no call fails and none is sent twice", { timeout: 30_000 }, async () => {
    const { open, server, clock } = stage(plenty);
    const session = await open({ maxAgeMs: 100 });
    const calls: Promise<{ success: boolean }>[] = [];
    for (let tick = 0; tick < 500; tick += 1) {
      for (let n = 0; n < 10; n += 1) calls.push(session.call("echo", calls.length));
      if (tick % 37 === 0) server.last.send({ goAway: true });
      await clock.advance(7);
      expect(server.open.length).toBeLessThanOrEqual(2);
    }
    const answers = await Promise.all(calls);
    expect(answers.filter(({ success }) => !success)).toEqual([]);
    expect(server.allReceived("echo")).toHaveLength(5_000);
    expect(new Set(server.allReceived("echo").map(({ params }) => params)).size).toBe(5_000);
    expect(session.getStats()).toMatchObject({ lateRepliesCount: 0, unknownRepliesCount: 0, resentCount: 0 });
    expect(session.getStats().rotationsCount).toBeGreaterThan(30);
  });

  it("A go-away rotates to the url that the server names", async () => {
    const { open, server, network, clock } = stage();
    const session = await open();
    const opened: string[] = [];
    network.listen("ws://elsewhere.example", (peer) => opened.push(peer.url));
    server.last.send({ goAway: "ws://elsewhere.example/?ticket=1" });
    await clock.advance(0);
    expect(opened).toEqual(["ws://elsewhere.example/?ticket=1"]);
    expect(server.open).toEqual([]);
    expect(session.getStats().rotationsCount).toBe(1);
  });

  it("A server that sends every new connection away is followed with growing pauses", async () => {
    const { open, network, clock } = stage();
    let connections = 0;
    network.listen("ws://away.example", (peer) => {
      connections += 1;
      peer.send('{"goAway":true}');
      peer.send('{"goAway":true}');
    });
    const session = await open({
      url: "ws://away.example",
      reconnect: { baseDelayMs: 100, maxDelayMs: 1_000 },
    });
    await clock.advance(0);
    expect(connections).toBe(2);
    await clock.advance(100);
    expect(connections).toBe(3);
    await clock.advance(200 + 400 + 800 + 1_000);
    expect(connections).toBe(7);
    expect(session.state).toBe("ready");
  });

  it("With reconnect: false, a session ends if its connection is lost during a rotation", async () => {
    const { open, server, network, clock } = stage();
    network.listen("ws://slow.example", { stall: true });
    let slow = false;
    const session = await open({
      reconnect: false,
      maxAgeMs: 1_000,
      url: () => (slow ? "ws://slow.example" : "ws://server.example"),
    });
    slow = true;
    await clock.advance(900);
    expect(session.state).toBe("rotating");
    server.last.peer.drop();
    await clock.advance(0);
    expect(session.state).toBe("closed");
  });

  it("A failed rotation is retried while the old connection serves", async () => {
    const { open, server, network, clock } = stage();
    let down = false;
    const session = await open({
      maxAgeMs: 10_000,
      random: () => 0.5,
      url: () => (down ? "ws://nobody.example" : "ws://server.example"),
    });
    const failures: unknown[] = [];
    session.on("failure", ({ error }) => failures.push(error.code));
    down = true;
    await clock.advance(9_000);
    expect(failures.length).toBeGreaterThan(0);
    expect((await session.call("echo", 1)).success).toBe(true);
    down = false;
    await clock.advance(1_000);
    expect(server.connectionCount).toBe(2);
    expect(network).toBeDefined();
    expect(server.open).toHaveLength(1);
  });

  it("A rotation is retried even after a failure that is not retryable", async () => {
    const { open, server, network, clock } = stage();
    network.listen("ws://refusing.example", { reject: { status: 401 } });
    let refuses = false;
    const session = await open({
      maxAgeMs: 10_000,
      url: () => (refuses ? "ws://refusing.example" : "ws://server.example"),
    });
    const failures: unknown[] = [];
    session.on("failure", ({ error, retryInMs }) => failures.push([error.status, retryInMs]));
    refuses = true;
    await clock.advance(9_000);
    refuses = false;
    await clock.advance(500);
    expect(failures).toEqual([[401, 500]]);
    expect([session.state, server.connectionCount, server.open.length]).toEqual(["ready", 2, 1]);
  });

  it("A rotation becomes a reconnection if the old connection is lost", async () => {
    const { open, server, network, clock } = stage();
    let slow = false;
    network.listen("ws://slow.example", { stall: true });
    const session = await open({
      maxAgeMs: 10_000,
      connectTimeoutMs: 500,
      url: () => (slow ? "ws://slow.example" : "ws://server.example"),
    });
    slow = true;
    await clock.advance(9_000);
    expect(session.state).toBe("rotating");
    server.last.peer.drop();
    await clock.advance(0);
    expect(session.state).toBe("connecting");
    const call = session.call("echo", 1);
    slow = false;
    await clock.advance(5_000);
    expect((await call).success).toBe(true);
    expect(server.open).toHaveLength(1);
  });

  it("The old connection has drainTimeoutMs to finish its calls", async () => {
    const { open, server, clock } = stage();
    const session = await open({ maxAgeMs: 1_000, drainTimeoutMs: 300 });
    const [plain, idempotent] = [
      session.call("hold", 1, { timeoutMs: 60_000 }),
      session.call("hold", 2, { timeoutMs: 60_000, idempotent: true }),
    ];
    await clock.advance(900 + 300);
    expect((await plain).error).toMatchObject({ code: "CONNECTION_CLOSED", sent: "maybe" });
    expect((await plain).error?.message).toContain("drainTimeoutMs");
    const [{ id } = {}] = server.last.calls("hold");
    server.last.send({ id, result: "on the new one" });
    await clock.advance(0);
    expect((await idempotent).data?.response).toBe("on the new one");
  });

  it("A rotation waits until the previous one has finished", async () => {
    const { open, server, clock } = stage();
    const session = await open({ maxAgeMs: 1_000, drainTimeoutMs: 5_000 });
    void session.call("hold", 1, { timeoutMs: 60_000 });
    await clock.advance(4_000);
    expect(server.open).toHaveLength(2);
    expect(session.state).toBe("rotating");
    await clock.advance(3_000);
    expect(server.open.length).toBeLessThanOrEqual(2);
    expect(server.connectionCount).toBeGreaterThan(2);
  });

  it("An old connection that is lost before it finishes ends the rotation", async () => {
    const { open, server, clock } = stage();
    const session = await open({ maxAgeMs: 1_000 });
    const held = session.call("hold", 1, { timeoutMs: 60_000 });
    await clock.advance(950);
    server.connections[0]?.peer.drop();
    expect((await held).error).toMatchObject({ code: "CONNECTION_CLOSED", sent: "maybe" });
    await clock.advance(0);
    expect(session.state).toBe("ready");
    expect(clock.referencedTimers).toBe(0);
  });

  it("A slow reader also pauses the new connection", async () => {
    const { open, server, clock } = stage();
    const session = await open({ maxAgeMs: 1_000 });
    const subscribed = await session.subscribe("all:news", undefined, { overflow: "pause", maxEvents: 2 });
    for (const data of [1, 2, 3]) server.last.send({ topic: "news", data });
    await clock.advance(950);
    for (let data = 4; data < 40; data += 1) server.last.send({ topic: "news", data });
    await clock.advance(0);
    expect(server.last.peer.unsentBytes).toBeGreaterThan(0);
    await subscribed.data?.subscription.close();
  });

  it("close during a rotation closes both connections", async () => {
    const { open, server, clock } = stage();
    const session = await open({ maxAgeMs: 1_000 });
    void session.call("hold", 1, { timeoutMs: 60_000 });
    await clock.advance(950);
    expect(server.open).toHaveLength(2);
    const closed = session.close({ timeoutMs: 100 });
    await clock.advance(100);
    await closed;
    expect(server.open).toEqual([]);
    expect(clock.referencedTimers).toBe(0);
  });
});

describe("an old connection of a rotation", () => {
  it("It closes with its last answer, whatever the new connection still has in flight", async () => {
    const { open, server, clock } = stage();
    const session = await open({ maxAgeMs: 1_000 });
    void session.call("hold", "old");
    await clock.advance(900);
    void session.call("hold", "new");
    await clock.advance(0);
    expect(server.open).toHaveLength(2);
    const [old] = server.connections;
    old?.send({ id: old.received[0]?.id, result: 1 });
    await clock.advance(0);
    expect(server.open).toEqual([server.last]);
    expect(session.getStats().inFlight).toBe(1);
  });
});

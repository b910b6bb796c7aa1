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
  it("replaces a connection before it is too old: the next one first, then the old one finishes and closes", async () => {
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

  it("spreads over a twentieth of the age", async () => {
    const { open, server, clock } = stage();
    await open({ maxAgeMs: 10_000, random: () => 0.999 });
    await clock.advance(8_999);
    expect(server.connectionCount).toBe(1);
    await clock.advance(1);
    expect(server.connectionCount).toBe(2);
  });

  it("fails no call under constant load, and none is sent twice", { timeout: 30_000 }, async () => {
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

  it("happens when the server says go away, to where it says", async () => {
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

  it("does not run hot after a server that sends every new connection away", async () => {
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

  it("is no way to live on for a session that ends with its connection", async () => {
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

  it("is tried again while the old connection serves, where the successor cannot be made", async () => {
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

  it("is tried again also after a failure that is final for a session without a connection", async () => {
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

  it("becomes a reconnection where the old connection is lost meanwhile", async () => {
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

  it("gives the old connection so long to finish, and no longer", async () => {
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

  it("waits for the last one to be over", async () => {
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

  it("forgets an old connection that is lost before it has finished", async () => {
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

  it("holds the new connection back too for a loop that is too slow", async () => {
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

  it("leaves both connections to a close", async () => {
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
  it("is closed with its last answer, whatever the new one is still to answer", async () => {
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

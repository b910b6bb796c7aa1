import { describe, expect, it } from "vitest";
import { stage } from "./support/stage.ts";

describe("closing", () => {
  it("close cancels a pending reconnection", async () => {
    const { open, server, clock } = stage();
    const session = await open();
    server.last.peer.drop();
    await clock.advance(0);
    expect(session.state).toBe("waiting");
    const waiting = session.call("echo", 1);
    await session.close();
    expect((await waiting).error).toMatchObject({ code: "DISPOSED", sent: "no" });
    await clock.advance(60_000);
    expect(server.connectionCount).toBe(1);
    expect([session.state, session.error, clock.referencedTimers]).toEqual(["closed", undefined, 0]);
  });

  it("close abandons a connection attempt in progress", async () => {
    const { open, server, network, clock } = stage();
    const session = await open({
      url: ({ attempt }: { attempt: number }) =>
        attempt === 1 ? "ws://server.example" : "ws://slow.example",
    });
    network.listen("ws://slow.example", { stall: true });
    server.last.peer.drop();
    await clock.advance(1_000);
    expect(session.state).toBe("connecting");
    await session.close();
    expect(session.state).toBe("closed");
    await clock.advance(0);
    expect(clock.referencedTimers).toBe(0);
  });

  it("close waits for pending answers, refuses new calls, and closes with a closing handshake", async () => {
    const { open, server, clock } = stage();
    const session = await open({ maxInFlight: 1 });
    const [held, queued] = [session.call("hold", 1), session.call("echo", 2)];
    await clock.advance(0);
    let left: unknown;
    server.last.peer.onClose((close) => {
      left = close;
    });
    const closed = session.close();
    expect(session.state).toBe("closing");
    expect((await session.call("echo", 3)).error).toMatchObject({
      code: "DISPOSED",
      phase: "admission",
      sent: "no",
    });
    const [{ id } = {}] = server.last.calls("hold");
    server.last.send({ id, result: "last" });
    await clock.advance(0);
    expect((await held).data?.response).toBe("last");
    expect((await queued).data?.response).toBe(2);
    await closed;
    expect([session.state, left, clock.referencedTimers]).toEqual(["closed", { code: 1000, reason: "" }, 0]);
  });

  it("close waits no longer than timeoutMs, and unanswered calls fail with DISPOSED", async () => {
    const { open, clock, server } = stage();
    const session = await open();
    const held = session.call("hold", 1, { idempotent: true, timeoutMs: 60_000 });
    await clock.advance(0);
    const closed = session.close({ timeoutMs: 300 });
    await clock.advance(300);
    await closed;
    expect((await held).error).toMatchObject({ code: "DISPOSED", sent: "maybe", retryable: false });
    expect(server.open).toEqual([]);
  });

  it("Closing twice has the effect of closing once", async () => {
    const { open } = stage();
    const session = await open();
    await Promise.all([session.close(), session.close()]);
    await session.close();
    expect(session.state).toBe("closed");
  });

  it("close is bounded even if the server never answers the closing handshake", async () => {
    const { open, clock, server } = stage({ closeTimeoutMs: 200 }, { answersClose: false });
    const session = await open();
    const closed = session.close();
    await clock.advance(200);
    await closed;
    expect(server.open).toEqual([]);
  });

  it("await using closes the session", async () => {
    const { open, server } = stage();
    {
      await using session = await open();
      await session.call("echo", 1);
    }
    expect(server.open).toEqual([]);
  });

  it("Disposing of the manager ends the session and every call", async () => {
    const { open, manager, server, clock } = stage();
    const session = await open();
    const held = session.call("hold", 1, { idempotent: true });
    await clock.advance(0);
    await manager.dispose();
    expect((await held).error).toMatchObject({ code: "DISPOSED", sent: "maybe" });
    expect(session.state).toBe("closed");
    expect(session.error?.code).toBe("DISPOSED");
    expect((await session.call("echo", 1)).error?.code).toBe("DISPOSED");
    expect(server.open).toEqual([]);
    expect(clock.referencedTimers).toBe(0);
  });

  it("A subscription that waits for a retry does not keep the process alive", async () => {
    const { open, server, clock } = stage();
    const session = await open({ callTimeoutMs: 200 });
    await session.subscribe("news");
    delete server.answers.subscribe;
    server.last.peer.drop();
    await clock.advance(1_000 + 200);
    await Promise.all([session.close(), clock.advance(0)]);
    expect(clock.referencedTimers).toBe(0);
  });

  it("At the deadline of close no call is sent again on the open connection", async () => {
    const { open, server, clock } = stage();
    const session = await open();
    const call = session.call("hold", 1, { idempotent: true, timeoutMs: 60_000 });
    await clock.advance(0);
    await Promise.all([session.close({ timeoutMs: 100 }), clock.advance(100)]);
    expect((await call).error).toMatchObject({ code: "DISPOSED", sent: "maybe" });
    expect(server.allReceived("hold")).toHaveLength(1);
  });

  it("close gives the old connection of a rotation no more time than it had", async () => {
    const { open, server, clock } = stage();
    const session = await open({ maxAgeMs: 1_000, drainTimeoutMs: 300 });
    const call = session.call("hold", 1, { timeoutMs: 60_000 });
    await clock.advance(900);
    expect(server.open).toHaveLength(2);
    void session.close({ timeoutMs: 10_000 });
    await clock.advance(300);
    expect((await call).error).toMatchObject({ code: "DISPOSED", sent: "maybe" });
    expect([server.open.length, session.state]).toEqual([0, "closed"]);
  });

  it("The end of a session sends no call again, and none is counted as such", async () => {
    const { open, manager, clock } = stage();
    const session = await open();
    const call = session.call("hold", 1, { idempotent: true });
    await clock.advance(0);
    void manager.dispose();
    expect((await call).error).toMatchObject({ code: "DISPOSED", sent: "maybe" });
    expect(session.getStats().resentCount).toBe(0);
  });
});

describe("bad input", () => {
  it("An invalid option or method is a TypeError at once, and nothing is sent", async () => {
    const { open, server } = stage();
    const session = await open();
    const misspelt: object = { timeout: 5 };
    expect(() => session.call("echo", 1, misspelt)).toThrow('unknown option "timeout"');
    expect(() => session.call("")).toThrow("method must be a non-empty string");
    expect(() => session.subscribe("x", 1, { maxEvents: 0 })).toThrow("maxEvents");
    expect(() => session.close({ timeoutMs: -1 })).toThrow("timeoutMs");
    expect(() => session.notify("")).toThrow(TypeError);
    expect(server.last.received).toEqual([]);
  });

  it("A message that cannot be sent fails its call and loses nothing else", async () => {
    const { open } = stage({ maxBufferedBytes: 1_000 });
    const session = await open();
    const cyclic: Record<string, unknown> = {};
    cyclic.self = cyclic;
    expect((await session.call("echo", cyclic)).error).toMatchObject({
      code: "SERIALIZE_FAILED",
      sent: "no",
    });
    expect((await session.call("echo", "x".repeat(2_000))).error).toMatchObject({
      code: "MESSAGE_TOO_BIG",
      phase: "send",
      sent: "no",
    });
    expect((await session.call("echo", 1)).data?.response).toBe(1);
    expect(session.getStats()).toMatchObject({ inFlight: 0, queued: 0 });
  });
});

it("A session can be serialized to JSON with its state and error", async () => {
  const { open, server, clock } = stage();
  const session = await open();
  expect(JSON.parse(JSON.stringify({ session }))).toEqual({ session: { state: "ready" } });
  server.last.peer.close(4001);
  await clock.advance(0);
  expect(JSON.parse(JSON.stringify(session))).toMatchObject({
    state: "closed",
    error: { closeCode: 4001 },
  });
});

import { describe, expect, it } from "vitest";
import { stage } from "../support/stage.ts";

describe("maxInFlight, maxQueued and maxBufferedBytes", () => {
  it("At most maxInFlight calls are in flight, and an answer releases the next one", async () => {
    const { open, server, clock } = stage();
    const session = await open({ maxInFlight: 2 });
    const calls = [1, 2, 3, 4].map((n) => session.call("hold", n));
    await clock.advance(0);
    expect(server.last.received.map(({ params }) => params)).toEqual([1, 2]);
    expect(session.getStats()).toMatchObject({ inFlight: 2, queued: 2 });
    for (let n = 0; n < 4; n += 1) {
      const { id, params } = server.last.received[n] ?? {};
      server.last.send({ id, result: params });
      await clock.advance(0);
    }
    expect((await Promise.all(calls)).map(({ data }) => data?.response)).toEqual([1, 2, 3, 4]);
  });

  it("A call in flight that times out releases the next one", async () => {
    const { open, clock } = stage();
    const session = await open({ maxInFlight: 1 });
    const silent = session.call("hold", 1, { timeoutMs: 100 });
    const next = session.call("echo", 2);
    await clock.advance(100);
    expect((await silent).error?.code).toBe("RECEIVE_TIMEOUT");
    expect((await next).data?.response).toBe(2);
  });

  it("A call that times out in the queue reports what it waited for", async () => {
    const { open, clock } = stage();
    const session = await open({ maxInFlight: 1 });
    void session.call("hold", 1);
    const waiting = session.call("hold", 2, { timeoutMs: 100 });
    await clock.advance(100);
    expect((await waiting).error).toMatchObject({ code: "BACKPRESSURE", phase: "admission", sent: "no" });
  });

  it("A call beyond maxQueued is refused, and no waiting call is lost", async () => {
    const { open, server, clock } = stage();
    const session = await open({ maxQueued: 2 });
    server.last.peer.drop();
    await clock.advance(0);
    const waiting = [session.call("echo", 1), session.call("echo", 2)];
    const { error } = await session.call("echo", 3);
    expect(error).toMatchObject({ code: "BACKPRESSURE", phase: "admission", sent: "no", retryable: true });
    expect(error?.message).toContain("maxQueued");
    await clock.advance(1_000);
    expect((await Promise.all(waiting)).map(({ data }) => data?.response)).toEqual([1, 2]);
  });

  it("With maxQueued 0 no call waits", async () => {
    const { open, server, clock } = stage();
    const session = await open({ maxQueued: 0 });
    expect((await session.call("echo", 1)).success).toBe(true);
    server.last.peer.drop();
    await clock.advance(0);
    expect((await session.call("echo", 2)).error?.code).toBe("BACKPRESSURE");
  });

  it("A call that does not fit the socket's buffer is refused, and the connection stays open", async () => {
    const { open, server, clock } = stage({ maxBufferedBytes: 300 });
    const session = await open();
    server.last.peer.hold();
    const first = session.call("echo", "x".repeat(200));
    const second = await session.call("echo", "y".repeat(200));
    expect(second.error).toMatchObject({ code: "BACKPRESSURE", phase: "send", sent: "no" });
    server.last.peer.release();
    await clock.advance(0);
    expect((await first).success).toBe(true);
    expect((await session.call("echo", "z")).data?.response).toBe("z");
  });
});

import { describe, expect, it } from "vitest";
import { scriptedTransport } from "../support/scripted-transport.ts";
import { stage } from "../support/stage.ts";

describe("when the connection is lost", () => {
  it("A sent call fails, and reports that it may have arrived and how the connection ended", async () => {
    const { open, server, clock } = stage();
    const session = await open();
    const call = session.call("hold", 1);
    await clock.advance(0);
    server.last.peer.close(1012, "restart");
    expect((await call).error).toMatchObject({
      code: "CONNECTION_CLOSED",
      sent: "maybe",
      closeCode: 1012,
      closeReason: "restart",
      retryable: true,
    });
    await clock.advance(1_000);
    expect(server.allReceived("hold")).toHaveLength(1);
  });

  it("Only an idempotent call is sent again, once for each loss", async () => {
    const { open, server, clock } = stage();
    const session = await open();
    const again = session.call("hold", "again", { idempotent: true });
    const once = session.call("hold", "once");
    await clock.advance(0);
    server.last.peer.drop();
    expect((await once).error?.code).toBe("CONNECTION_CLOSED");
    await clock.advance(1_000);
    expect(server.last.calls("hold")).toMatchObject([{ params: "again" }]);
    const [held] = server.last.calls("hold");
    server.last.send({ id: held?.id, result: "done" });
    expect((await again).data?.response).toBe("done");
    expect(session.getStats().resentCount).toBe(1);
  });

  it("A call that crashes the server is sent at most four times", async () => {
    const { open, server, clock } = stage();
    const session = await open({ reconnect: { baseDelayMs: 10, maxDelayMs: 10 } });
    server.answers.kill = (_, { peer }) => {
      peer.drop();
      return { result: 1 };
    };
    const call = session.call("kill", 1, { idempotent: true });
    await clock.advance(5_000);
    expect((await call).error).toMatchObject({ code: "CONNECTION_CLOSED", sent: "maybe" });
    expect((await call).error?.message).toContain("sent 4 times");
    expect(server.allReceived("kill")).toHaveLength(4);
    expect(session.state).toBe("ready");
  });

  it("Calls wait for the next connection and are sent in order, repeated ones first", async () => {
    const { open, server, clock } = stage();
    const session = await open();
    const first = session.call("hold", 0, { idempotent: true });
    await clock.advance(0);
    server.last.peer.drop();
    await clock.advance(0);
    const calls = [1, 2, 3].map((n) => session.call("echo", n));
    expect(session.getStats().queued).toBe(4);
    await clock.advance(1_000);
    expect((await Promise.all(calls)).map(({ data }) => data?.response)).toEqual([1, 2, 3]);
    expect(server.last.received.map(({ params }) => params)).toEqual([0, 1, 2, 3]);
    const ids = server.last.received.map(({ id }) => id ?? 0);
    expect(ids).toEqual([...ids].sort((a, b) => a - b));
    server.last.send({ id: ids[0], result: "late" });
    expect((await first).data?.response).toBe("late");
  });

  it("A call that times out before the next connection reports why, and that nothing was sent", async () => {
    const { open, server, clock } = stage();
    const session = await open();
    server.goDown();
    await clock.advance(0);
    const call = session.call("echo", 1, { timeoutMs: 3_000 });
    await clock.advance(3_000);
    expect((await call).error).toMatchObject({ code: "CONNECT_TIMEOUT", phase: "connect", sent: "no" });
    expect((await call).error?.message).toContain("CONNECT_FAILED");
    server.listen();
    await clock.advance(30_000);
    expect(server.allReceived("echo")).toEqual([]);
  });

  it("A repeated call that times out in between reports that it may have arrived", async () => {
    const { open, server, clock } = stage();
    const session = await open();
    const call = session.call("hold", 1, { idempotent: true, timeoutMs: 5_000 });
    await clock.advance(0);
    server.goDown();
    await clock.advance(5_000);
    expect((await call).error).toMatchObject({ code: "RECEIVE_TIMEOUT", sent: "maybe" });
    expect((await call).error?.message).toContain("connection was lost");
    expect((await call).error).not.toHaveProperty("connectionId");
  });

  it("An answer that is too big ends the connection and the call, and the session continues", async () => {
    const { open, server, clock } = stage({ maxMessageBytes: 100 });
    const session = await open();
    const call = session.call("echo", "x".repeat(200), { idempotent: true });
    expect((await call).error).toMatchObject({ code: "MESSAGE_TOO_BIG", sent: "maybe" });
    expect((await call).error?.message).toContain("maxMessageBytes");
    const next = session.call("echo", 1);
    await clock.advance(1_000);
    expect((await next).data?.response).toBe(1);
    expect(server.connectionCount).toBe(2);
  });

  it("A call made at the moment of the loss is not sent twice", async () => {
    const { open, server, clock } = stage();
    const session = await open();
    server.last.peer.drop();
    const call = session.call("echo", 1);
    await clock.advance(2_000);
    const { success, error } = await call;
    expect(success || error?.code === "CONNECTION_CLOSED").toBe(true);
    expect(server.allReceived("echo").length).toBeLessThanOrEqual(1);
  });
});

it("A call that waited for the next connection does not name the lost one", async () => {
  const { transport } = scriptedTransport({ send: (channel) => channel.end(1006) });
  const { open, clock } = stage({ transport });
  const session = await open();
  const call = session.call("echo", 1, { idempotent: true, timeoutMs: 500 });
  await clock.advance(500);
  const { error } = await call;
  expect([error?.code, error?.sent, error?.url]).toEqual(["RECEIVE_TIMEOUT", "maybe", undefined]);
});

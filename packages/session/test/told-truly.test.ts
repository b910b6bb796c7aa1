import { describe, expect, it } from "vitest";
import { stage } from "./support/stage.ts";

describe("a call that could not go out is told why", () => {
  it("by the failure that kept it, not by one that is mended", async () => {
    const { open, server, clock } = stage();
    const session = await open({ heartbeat: { intervalMs: 1_000, timeoutMs: 500, verifyTimeoutMs: 5_000 } });
    server.last.peer.drop();
    await clock.advance(1_000);
    expect(session.state).toBe("ready");
    server.last.peer.hold();
    clock.freeze(60_000);
    const { error } = await Promise.all([
      session.call("echo", 1, { timeoutMs: 100 }),
      clock.advance(100),
    ]).then(([result]) => result);
    expect(error).toMatchObject({ code: "CONNECT_TIMEOUT", sent: "no" });
    expect(error?.cause).toBeUndefined();
    server.last.peer.release();
  });
});

describe("the end of a session", () => {
  it("keeps no process alive for a subscription that was to be tried again", async () => {
    const { open, server, clock } = stage();
    const session = await open({ callTimeoutMs: 200 });
    await session.subscribe("news");
    delete server.answers.subscribe;
    server.last.peer.drop();
    await clock.advance(1_000 + 200);
    await Promise.all([session.close(), clock.advance(0)]);
    expect(clock.referencedTimers).toBe(0);
  });

  it("at its deadline sends no call again over the connection that is still there", async () => {
    const { open, server, clock } = stage();
    const session = await open();
    const call = session.call("hold", 1, { idempotent: true, timeoutMs: 60_000 });
    await clock.advance(0);
    await Promise.all([session.close({ timeoutMs: 100 }), clock.advance(100)]);
    expect((await call).error).toMatchObject({ code: "DISPOSED", sent: "maybe" });
    expect(server.allReceived("hold")).toHaveLength(1);
  });

  it("gives an old connection no more time than it had", async () => {
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

  it("is no reason to send a call again, and none is counted as sent again", async () => {
    const { open, manager, clock } = stage();
    const session = await open();
    const call = session.call("hold", 1, { idempotent: true });
    await clock.advance(0);
    void manager.dispose();
    expect((await call).error).toMatchObject({ code: "DISPOSED", sent: "maybe" });
    expect(session.getStats().resentCount).toBe(0);
  });
});

import { describe, expect, it } from "vitest";
import { puppetTransport } from "../support/puppet.ts";
import { scene } from "../support/scene.ts";

/** Notes when a promise has resolved. */
function watch(promise: Promise<void>): { readonly resolved: boolean } {
  const state = { resolved: false };
  void promise.then(() => {
    state.resolved = true;
  });
  return state;
}

describe("connection.drained", () => {
  it("resolves at once where nothing waits", async () => {
    const { connection } = await scene().connect();
    await connection.drained();
  });

  it("resolves for all callers when the transport reports a drain, and not before", async () => {
    const { connect, clock } = scene();
    const { connection, channel } = await connect();
    channel.bufferedAmount = 10;
    const waiting = [watch(connection.drained()), watch(connection.drained())];
    await clock.advance(1_000);
    expect(waiting).toEqual([{ resolved: false }, { resolved: false }]);
    channel.bufferedAmount = 0;
    channel.events.drain();
    await clock.advance(0);
    expect(waiting).toEqual([{ resolved: true }, { resolved: true }]);
    expect(clock.referencedTimers).toBe(0);
  });

  it("leads on after BACKPRESSURE: the message is taken then", async () => {
    const { connect, manager } = scene({ maxBufferedBytes: 20 });
    const { connection, channel } = await connect();
    channel.bufferedAmount = 15;
    const refused = await manager.send(connection, "too much for now");
    expect(refused.error).toMatchObject({ code: "BACKPRESSURE", sent: "no" });
    expect(refused.error?.message).toContain("connection.drained()");
    const drained = connection.drained();
    channel.bufferedAmount = 0;
    channel.events.drain();
    await drained;
    expect((await manager.send(connection, "too much for now")).success).toBe(true);
  });

  it("asks a transport that reports no drain, and one for which the drain was not worth a report", async () => {
    const transport = puppetTransport({ drain: false });
    const { connect, clock } = scene({}, transport);
    const { connection, channel } = await connect();
    channel.bufferedAmount = 10;
    const waiting = watch(connection.drained());
    await clock.advance(200);
    expect(waiting.resolved).toBe(false);
    channel.bufferedAmount = 0;
    await clock.advance(20);
    expect(waiting.resolved).toBe(true);
    expect(clock.referencedTimers).toBe(0);
  });

  it("resolves when the connection ends, however it ends", async () => {
    const { connect, clock } = scene();
    const { connection, channel } = await connect();
    channel.bufferedAmount = 10;
    const waiting = connection.drained();
    channel.end({ code: 1006, reason: "", clean: false });
    await waiting;
    await connection.drained();
    expect(clock.referencedTimers).toBe(0);
  });
});

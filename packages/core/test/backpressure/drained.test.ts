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

/** From now on the channel answers like this when it is asked what it has buffered. */
function answer(channel: object, bufferedAmount: () => number | undefined): void {
  Object.defineProperty(channel, "bufferedAmount", { get: bufferedAmount });
}

const broken = {
  "that throws": () => {
    throw new Error("not open");
  },
  "of NaN": () => Number.NaN,
  "of undefined": () => undefined,
};

describe.each(Object.entries(broken))("a bufferedAmount %s counts as 0", (_, bufferedAmount) => {
  it("for bufferedBytes and drained, which resolves at once", async () => {
    const { connection, channel } = await scene().connect();
    answer(channel, bufferedAmount);
    expect(connection.bufferedBytes).toBe(0);
    await connection.drained();
  });

  it("for drained while it waits: it resolves at the next look, and what else is due then still happens", async () => {
    const { connect, manager, clock } = scene();
    const { connection, channel } = await connect();
    channel.bufferedAmount = 10;
    const waiting = [watch(connection.drained()), watch(connection.drained())];
    const receiving = manager.receive(connection, { timeoutMs: 20 });
    await clock.advance(10);
    answer(channel, bufferedAmount);
    await clock.advance(10);
    expect(waiting).toEqual([{ resolved: true }, { resolved: true }]);
    expect((await receiving).error?.code).toBe("RECEIVE_TIMEOUT");
    expect(clock.referencedTimers).toBe(0);
  });

  it("for a send and a request: the message is taken, and one that is too large is not", async () => {
    const { connect, manager, transport, clock } = scene({ maxBufferedBytes: 20 });
    const { connection, channel } = await connect();
    answer(channel, bufferedAmount);
    expect((await manager.send(connection, "hello")).success).toBe(true);
    expect(channel.sent).toEqual(['"hello"']);
    const tooLarge = await manager.send(connection, "x".repeat(20));
    expect(tooLarge.error).toMatchObject({ code: "MESSAGE_TOO_BIG", sent: "no" });
    transport.onOpen = (opened) => answer(opened, bufferedAmount);
    const requesting = manager.request("ws://peer.test/", "hello");
    await clock.advance(0);
    expect(transport.channel.sent).toEqual(['"hello"']);
    transport.channel.deliver("answer");
    expect((await requesting).data?.response).toBe("answer");
  });
});

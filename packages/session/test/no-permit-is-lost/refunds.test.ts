import { serverLimits, TransportError } from "@outsock/core";
import { recordingSink } from "@outsock/core/testing";
import { describe, expect, it } from "vitest";
import { AccountingLimiter, limitedStage } from "../support/accounting-limiter.ts";
import { SlowLimiter } from "../support/limiters.ts";
import { type Behaviour, type ScriptedChannel, scriptedTransport } from "../support/scripted-transport.ts";
import { stage } from "../support/stage.ts";

const home = "server.example";

class Counting extends SlowLimiter {
  refunds = 0;
  override refund(): void {
    this.refunds += 1;
  }
}

/** A call that was queued while there was no connection, and whose permit has not arrived. */
async function queuedCall() {
  const rateLimiter = new Counting();
  const { open, server, clock } = stage({ rateLimiter });
  const session = await open();
  server.last.peer.drop();
  await clock.advance(1);
  const call = session.call("echo", 1, { timeoutMs: 60_000 });
  session.on("gap", () => {
    rateLimiter.slow = true;
  });
  await clock.advance(5_000);
  return { rateLimiter, server, clock, session, call };
}

describe("the permit of a call that is not sent", () => {
  it("It is refunded if the connection is gone when the permit arrives", async () => {
    const { open, server, clock, limitOf } = limitedStage({ delayMs: 50 });
    const session = await open({ reserve: 0 });
    const calls = [1, 2, 3, 4, 5].map((n) => session.call("echo", n, { timeoutMs: 500 }));
    await clock.advance(25);
    server.goDown();
    await clock.advance(500);
    for (const { error } of await Promise.all(calls))
      expect(error).toMatchObject({ code: "CONNECT_TIMEOUT", sent: "no" });
    expect(limitOf(home)).toMatchObject({ kept: 0, refunds: 5, faults: [] });
  });

  it("It is refunded if the session is closed before a queued call's permit arrives", async () => {
    const { rateLimiter, server, clock, session, call } = await queuedCall();
    expect(rateLimiter.asked).toBe(1);
    void session.close({ timeoutMs: 0 });
    await clock.advance(1_000);
    expect((await call).error).toMatchObject({ code: "DISPOSED", sent: "no" });
    expect(rateLimiter.refunds).toBe(0);
    rateLimiter.grantAll();
    await clock.advance(0);
    expect(rateLimiter.refunds).toBe(1);
    expect(server.allReceived("echo")).toEqual([]);
  });

  it("It is refunded if the connection ends before a queued call's permit arrives", async () => {
    const { rateLimiter, server, clock, session, call } = await queuedCall();
    server.last.peer.drop();
    await clock.advance(0);
    rateLimiter.grantAll();
    await clock.advance(0);
    expect(rateLimiter.refunds).toBe(1);
    void session.close({ timeoutMs: 0 });
    await clock.advance(1_000);
    expect((await call).error).toMatchObject({ code: "DISPOSED", sent: "no" });
    expect([server.allReceived("echo").length, rateLimiter.refunds]).toEqual([0, 1]);
  });

  it.each([0, 1, 2, 3, 4, 5, 6])(
    "It is refunded if the session is closed %i microtasks after it arrived",
    async (moments) => {
      const rateLimiter = new Counting();
      const { open, server, clock } = stage({ rateLimiter });
      const session = await open();
      rateLimiter.slow = true;
      const call = session.call("echo", 1);
      await clock.advance(0);
      rateLimiter.grantAll();
      for (let moment = 0; moment < moments; moment += 1) await undefined;
      void session.close({ timeoutMs: 0 });
      rateLimiter.slow = false;
      await clock.advance(3_000);
      await call;
      expect(server.allReceived("echo").length + rateLimiter.refunds).toBe(1);
    },
  );

  it.each([0, 1, 2, 3, 4, 5, 6])(
    "It is refunded if the call is aborted %i microtasks after it arrived",
    async (moments) => {
      const rateLimiter = new Counting();
      const { open, server, clock } = stage({ rateLimiter });
      const session = await open();
      rateLimiter.slow = true;
      const controller = new AbortController();
      const call = session.call("hold", 1, { signal: controller.signal });
      await clock.advance(0);
      rateLimiter.grantAll();
      for (let moment = 0; moment < moments; moment += 1) await undefined;
      controller.abort();
      rateLimiter.slow = false;
      await clock.advance(1_000);
      expect((await call).error?.code).toBe("ABORTED");
      expect(server.allReceived("hold").length + rateLimiter.refunds).toBe(1);
    },
  );

  it.each([0, 1])(
    "It is refunded if the socket turns out to be closed, and acquired again, after %i lost connections",
    async (lost) => {
      const rateLimiter = new Counting();
      const closed: Behaviour = {
        send: () => {
          throw new TransportError("CONNECTION_CLOSED", "it just ended");
        },
      };
      const answering: Behaviour = {
        send: (channel, message) => channel.say({ id: JSON.parse(message).id, result: 1 }),
      };
      const { transport, channels } = scriptedTransport(
        ...Array.from({ length: lost + 1 }, () => closed),
        answering,
      );
      const { open, clock } = stage({ rateLimiter, transport });
      const session = await open();
      if (lost > 0) channels[0]?.end(1006);
      await clock.advance(0);
      const call = session.call("echo", 1, { timeoutMs: 60_000 });
      await clock.advance(5_000);
      expect(rateLimiter.refunds).toBe(1);
      channels[lost]?.end(1006);
      await clock.advance(5_000);
      expect((await call).data?.response).toBe(1);
      expect([rateLimiter.refunds, channels.length]).toEqual([1, lost + 2]);
    },
  );

  it("It is refunded if the message cannot be encoded or is too big", async () => {
    const { open, limitOf, server } = limitedStage({}, { maxBufferedBytes: 300 });
    const session = await open({ reserve: 0 });
    expect((await session.call("echo", 1n)).error?.code).toBe("SERIALIZE_FAILED");
    expect((await session.call("echo", "x".repeat(400))).error?.code).toBe("MESSAGE_TOO_BIG");
    expect(server.last.received).toEqual([]);
    expect(limitOf(home)).toMatchObject({ kept: 0, faults: [] });
  });
});

describe("the permit of a message that was sent", () => {
  it("It is kept if the answer arrives during the send", async () => {
    const rateLimiter = new Counting();
    const answering = (channel: ScriptedChannel, message: string): void =>
      channel.say({ id: JSON.parse(message).id, result: 1 });
    const { open } = stage({ rateLimiter, transport: scriptedTransport({ send: answering }).transport });
    const session = await open();
    expect((await session.call("echo", 1)).data?.response).toBe(1);
    expect(rateLimiter.refunds).toBe(0);
  });

  it("Each send keeps one, and an attempt that could not be encoded refunds its own", async () => {
    const { open, server, clock, limitOf } = limitedStage({});
    const session = await open({ reserve: 0 });
    let encoded = 0;
    const params = {
      toJSON() {
        encoded += 1;
        if (encoded > 1) throw new Error("once is enough");
        return 1;
      },
    };
    const call = session.call("hold", params, { idempotent: true, timeoutMs: 60_000 });
    await clock.advance(100);
    server.last.peer.drop();
    await clock.advance(5_000);
    expect((await call).error).toMatchObject({ code: "SERIALIZE_FAILED", sent: "maybe" });
    expect(limitOf(home)).toMatchObject({ kept: 1, refunds: 1, faults: [] });
  });
});

describe("what a server sees", () => {
  it("The server's limit holds even for calls that were admitted before their connection was lost", async () => {
    const { open, server, clock, limitOf } = limitedStage({ windowMs: 1_000, delayMs: 50 });
    const seen: number[] = [];
    server.answers.echo = (params) => {
      seen.push(clock.now());
      return { result: params };
    };
    const session = await open({ reserve: 0 });
    const calls = [1, 2, 3, 4, 5].map((n) => session.call("echo", n, { timeoutMs: 30_000 }));
    await clock.advance(25);
    server.last.peer.drop();
    await clock.advance(100);
    for (let n = 6; n <= 10; n += 1) calls.push(session.call("echo", n, { timeoutMs: 30_000 }));
    await clock.advance(20_000);
    expect((await Promise.all(calls)).every(({ success }) => success)).toBe(true);
    const most = Math.max(...seen.map((from) => seen.filter((at) => at >= from && at < from + 1_000).length));
    expect(most).toBeLessThanOrEqual(5);
    expect(limitOf(home)).toMatchObject({ kept: 10, faults: [] });
  });

  it("A call that is sent twice uses two permits", async () => {
    const { open, server, clock, limitOf } = limitedStage({});
    const session = await open({ reserve: 0 });
    const call = session.call("hold", 1, { idempotent: true, timeoutMs: 60_000 });
    await clock.advance(100);
    server.last.peer.drop();
    await clock.advance(5_000);
    server.last.send({ id: server.last.calls("hold")[0]?.id, result: 1 });
    await clock.advance(0);
    expect((await call).data?.response).toBe(1);
    expect(limitOf(home)).toMatchObject({ kept: 2, refunds: 0, faults: [] });
  });
});

it("The permit of a call is kept if the connection ends during the send", async () => {
  const limit = new AccountingLimiter(5, 60_000);
  const statsSink = recordingSink();
  const { transport, channels } = scriptedTransport({ send: (channel) => channel.end(1006) });
  const { open, clock } = stage({ limits: serverLimits({ message: limit }), statsSink, transport });
  const session = await open({ reserve: 0, reconnect: false, heartbeat: false });
  const call = session.call("echo", 1);
  await clock.advance(1);
  expect((await call).error).toMatchObject({ code: "CONNECTION_CLOSED", sent: "maybe" });
  expect(channels[0]?.sent).toHaveLength(1);
  expect(limit.kept).toBe(statsSink.of("message-sent").length);
});

import { TransportError } from "@outsock/core";
import { describe, expect, it } from "vitest";
import { SlowLimiter } from "../support/limiters.ts";
import { type ScriptedChannel, scriptedTransport } from "../support/scripted-transport.ts";
import { stage } from "../support/stage.ts";
import { testProtocol as protocol } from "../support/test-protocol.ts";

const echo = (message: string) => {
  const { id, params } = JSON.parse(message);
  return { id, result: params };
};

describe("a transport that acts while a call is sent", () => {
  it("An answer that arrives during the send settles the call", async () => {
    const { transport } = scriptedTransport({ send: (channel, message) => channel.say(echo(message)) });
    const { open } = stage({ transport });
    const session = await open();
    expect((await session.call("echo", 1)).data?.response).toBe(1);
    expect(session.getStats()).toMatchObject({ inFlight: 0, queued: 0, repliesCount: 1 });
  });

  it("If the socket ends during the send, an idempotent call is sent again", async () => {
    const { transport, channels } = scriptedTransport(
      { send: (channel) => channel.end(1006) },
      { send: (channel, message) => channel.say(echo(message)) },
    );
    const { open, clock } = stage({ transport });
    const session = await open();
    const call = session.call("echo", 1, { idempotent: true, timeoutMs: 5_000 });
    await clock.advance(1_000);
    expect((await call).data?.response).toBe(1);
    expect(channels.map(({ sent }) => sent.length)).toEqual([1, 1]);
    expect(session.getStats()).toMatchObject({ inFlight: 0, queued: 0, resentCount: 1 });
  });

  it("If that repeats, no waiting call is lost, and each is sent at most four times", async () => {
    const { transport, channels } = scriptedTransport({ send: (channel) => channel.end(1006) });
    const { open, clock } = stage({ transport });
    const session = await open({ reconnect: { baseDelayMs: 1, maxDelayMs: 1 } });
    const calls = [
      session.call("echo", 1, { idempotent: true, timeoutMs: 5_000 }),
      session.call("echo", 2, { idempotent: true, timeoutMs: 5_000 }),
      session.call("echo", 3, { timeoutMs: 5_000 }),
    ];
    await clock.advance(1_000);
    const errors = (await Promise.all(calls)).map(({ error }) => error);
    expect(errors).toMatchObject(errors.map(() => ({ code: "CONNECTION_CLOSED", sent: "maybe" })));
    expect(channels.flatMap(({ sent }) => sent)).toHaveLength(4 + 4 + 1);
  });

  it("A waiting call whose socket ends during the send is sent once more, with one more permit", async () => {
    const { transport, channels } = scriptedTransport({}, { send: (channel) => channel.end(1006) }, {});
    const rateLimiter = new SlowLimiter();
    const { open, clock } = stage({ transport, rateLimiter });
    const session = await open();
    channels[0]?.end(1006);
    await clock.advance(0);
    const call = session.call("echo", 1, { idempotent: true, timeoutMs: 60_000 });
    await clock.advance(10_000);
    expect(channels.map(({ sent }) => sent.length)).toEqual([0, 1, 1]);
    expect(rateLimiter.granted).toBe(3 + 2);
    channels[2]?.say(echo(channels[2].sent[0] ?? ""));
    expect((await call).data?.response).toBe(1);
  });

  it("A call whose socket ends and rejects it at once is sent once more, not twice", async () => {
    const refuse = (channel: ScriptedChannel): never => {
      channel.end(1006);
      throw new TransportError("CONNECTION_CLOSED", "too late");
    };
    const { transport, channels } = scriptedTransport({ send: refuse }, {});
    const { open, clock } = stage({ transport });
    const session = await open();
    const calls = [
      session.call("echo", 1, { idempotent: true, timeoutMs: 5_000 }),
      session.call("echo", 2, { timeoutMs: 5_000 }),
    ];
    await clock.advance(2_000);
    for (const message of channels[1]?.sent ?? []) channels[1]?.say(echo(message));
    expect((await Promise.all(calls)).map(({ data }) => data?.response)).toEqual([1, 2]);
    expect(channels[1]?.sent).toHaveLength(2);
    expect(session.getStats()).toMatchObject({ inFlight: 0, queued: 0 });
  });

  it("A connection whose ping throws is declared dead, and nothing else fails", async () => {
    const ping = (): never => {
      throw new Error("no ping");
    };
    const { transport, channels } = scriptedTransport({ ping });
    const { open, clock } = stage({ transport });
    const session = await open({ heartbeat: { intervalMs: 100, timeoutMs: 100 } });
    await clock.advance(200);
    expect(session.state).toBe("waiting");
    await clock.advance(1_000);
    expect(channels.length).toBe(2);
  });

  it("A socket that never reports its end does not keep the session from closing", async () => {
    const { transport } = scriptedTransport({ deaf: true });
    const { open, clock } = stage({ transport, closeTimeoutMs: 100 });
    const session = await open();
    const call = session.call("echo", 1);
    const closed = session.close({ timeoutMs: 100 });
    await clock.advance(1_000);
    await closed;
    expect((await call).error).toMatchObject({ code: "DISPOSED", sent: "maybe" });
    expect([session.state, clock.referencedTimers]).toEqual(["closed", 0]);
  });
});

it("A message that asks for an answer gets it", async () => {
  const { open, server, clock } = stage();
  await open({ protocol });
  server.last.send({ ping: 7 });
  server.last.send({ topic: "t", data: 1, ack: { ack: 1 } });
  await clock.advance(0);
  expect(server.last.received).toEqual([{ pong: 7 }, { ack: 1 }]);
});

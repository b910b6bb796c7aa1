import { unwrap } from "@outsock/core";
import { describe, expect, it } from "vitest";
import { oddTransport } from "./support/odd-transport.ts";
import { stage } from "./support/stage.ts";

describe("a connection that is over", () => {
  const heartbeat = { intervalMs: 3_600_000 };

  it.each<[string, "drop" | "dispose"]>([
    ["lost", "drop"],
    ["given up", "dispose"],
  ])("leaves no timer of its heartbeat where it was %s", async (_, how) => {
    const { open, server, manager, clock } = stage();
    const session = await open({ heartbeat });
    if (how === "drop") server.last.peer.drop();
    else void manager.dispose();
    await clock.advance(0);
    void session.close();
    await clock.advance(60_000);
    expect(clock.timers).toBe(0);
  });

  it("is not named where a call waited for the next one", async () => {
    const { transport } = oddTransport({ send: (channel) => channel.end(1006) });
    const { open, clock } = stage({ transport });
    const session = await open();
    const call = session.call("echo", 1, { idempotent: true, timeoutMs: 500 });
    await clock.advance(500);
    const { error } = await call;
    expect([error?.code, error?.sent, error?.url]).toEqual(["RECEIVE_TIMEOUT", "maybe", undefined]);
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

it("two loops that are too slow hold a connection back until both have caught up", async () => {
  const { open, server, clock } = stage();
  const session = await open();
  const [one, other] = await Promise.all(
    ["all:a", "all:b"].map(async (method) =>
      unwrap(await session.subscribe(method, undefined, { overflow: "pause", maxEvents: 2 })),
    ),
  );
  // One message, so that the second loop falls behind although nothing is read any more.
  server.last.send(["a", "a", "b", "b"].map((topic) => ({ kind: "event", topic, data: 1 })));
  await clock.advance(0);
  server.last.send({ topic: "else", data: 1 });
  await clock.advance(0);
  await one?.subscription.close();
  await clock.advance(0);
  expect(server.last.peer.unsentBytes).toBeGreaterThan(0);
  await other?.subscription.close();
  await clock.advance(0);
  expect(server.last.peer.unsentBytes).toBe(0);
});

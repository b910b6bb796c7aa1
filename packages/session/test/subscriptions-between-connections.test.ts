import { unwrap } from "@outsock/core";
import { describe, expect, it } from "vitest";
import type { Session, Subscription } from "../src/index.ts";
import { stage } from "./support/stage.ts";

const follow = async (session: Session): Promise<Subscription> =>
  unwrap(await session.subscribe("news")).subscription;

describe("a subscription between two connections", () => {
  it("that waits for its first one is begun there once", async () => {
    const { open, server, clock } = stage();
    const session = await open();
    server.last.peer.drop();
    await clock.advance(0);
    const subscribing = follow(session);
    await clock.advance(1_000);
    await subscribing;
    expect(server.allReceived("subscribe")).toHaveLength(1);
  });

  it("that the old one agrees to after the new one serves is moved at once", async () => {
    const { open, server, clock } = stage();
    const session = await open();
    const { subscribe = () => ({}) } = server.answers;
    delete server.answers.subscribe;
    const subscribing = follow(session);
    await clock.advance(0);
    const old = server.last;
    old.send({ goAway: true });
    await clock.advance(0);
    expect(server.open).toHaveLength(2);
    server.answers.subscribe = subscribe;
    old.send({ id: old.received[0]?.id, result: "of old" });
    await subscribing;
    await clock.advance(0);
    expect(server.last.calls("subscribe")).toHaveLength(1);
    expect(server.open).toEqual([server.last]);
  });

  it("that is lost with the old one before it agreed is begun on the new one at once", async () => {
    const { open, server, clock } = stage();
    const session = await open();
    await follow(session);
    const { subscribe = () => ({}) } = server.answers;
    delete server.answers.subscribe;
    server.last.peer.drop();
    await clock.advance(1_000);
    const old = server.last;
    expect(old.calls("subscribe")).toHaveLength(1);
    old.send({ goAway: true });
    await clock.advance(0);
    server.answers.subscribe = subscribe;
    expect(server.last.calls("subscribe")).toEqual([]);
    old.peer.drop();
    await clock.advance(0);
    expect(server.last.calls("subscribe")).toHaveLength(1);
  });

  it("that the new one agrees to late lets the old one go", async () => {
    const { open, server, clock } = stage();
    const session = await open({ maxAgeMs: 10_000, callTimeoutMs: 200 });
    await follow(session);
    delete server.answers.subscribe;
    await clock.advance(9_000 + 300);
    expect(server.open).toHaveLength(2);
    server.last.send({ id: server.last.received[0]?.id, result: "late" });
    await clock.advance(0);
    expect(server.open).toEqual([server.last]);
  });
});

it("a subscription that is closed gives nothing that it had kept", async () => {
  const { open, server, clock } = stage();
  const subscription = await follow(await open());
  for (const data of [1, 2]) server.last.send({ topic: "topic-of-news", data });
  await clock.advance(0);
  await subscription.close();
  for await (const event of subscription) expect(event).toBe("nothing");
});

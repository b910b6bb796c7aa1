import { describe, expect, it } from "vitest";
import { stage } from "../support/stage.ts";
import { venues } from "../support/venues.ts";

describe.each(venues)("one deadline on $name", (venue) => {
  it("covers a handshake that never ends", async () => {
    const { manager, peer, clock } = await stage(venue, { handshake: { type: "stall" } });
    const connected = manager.connect(peer.url, { timeoutMs: 2_000 });
    const requested = manager.request(peer.url, 1, { timeoutMs: 2_000 });
    const remotes = [await peer.nextConnection(), await peer.nextConnection()];
    await clock.advance(2_000);
    expect((await connected).error).toMatchObject({ code: "CONNECT_TIMEOUT", phase: "connect", sent: "no" });
    expect((await requested).error).toMatchObject({ code: "CONNECT_TIMEOUT", phase: "connect", sent: "no" });
    for (const remote of remotes) await remote.ended;
    expect(clock.referencedTimers).toBe(0);
  });

  it("covers an answer that never comes, from the start of the request", async () => {
    const { manager, peer, clock } = await stage(venue);
    const requested = manager.request(peer.url, 1, { timeoutMs: 2_000 });
    const remote = await peer.nextConnection();
    await remote.nextFrame();
    await clock.advance(2_000);
    expect((await requested).error).toMatchObject({
      code: "RECEIVE_TIMEOUT",
      phase: "receive",
      sent: "maybe",
    });
    await remote.ended;
  });

  it("costs no timer per operation", async () => {
    const { manager, connect, clock } = await stage(venue);
    const { connection, remote } = await connect();
    const before = clock.timersArmed;
    for (let turn = 0; turn < 100; turn += 1) {
      const receiving = manager.receive(connection, { timeoutMs: 5_000 });
      await manager.send(connection, turn);
      await remote.nextFrame();
      remote.send(String(turn));
      expect((await receiving).data?.response).toBe(turn);
    }
    expect(clock.timersArmed - before).toBeLessThanOrEqual(1);
  });
});

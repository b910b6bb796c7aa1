import { unwrap } from "@outsock/core";
import { describe, expect, it } from "vitest";
import { stage } from "../support/stage.ts";
import { venues } from "../support/venues.ts";

describe.each(venues)("close on $name", (venue) => {
  it("sends the caller's code and reason", async () => {
    const { manager, connect } = await stage(venue);
    const { connection, remote } = await connect();
    const closing = manager.close(connection, { code: 4001, reason: "bye" });
    expect(await remote.nextFrame()).toEqual({ type: "close", code: 4001, reason: "bye" });
    expect(unwrap(await closing)).toMatchObject({ code: 4001, clean: true });
    await remote.ended;
  });

  it("destroys the socket of a peer that never answers", async () => {
    const { manager, connect, clock } = await stage(
      venue,
      { answersClose: false },
      { closeTimeoutMs: 1_000 },
    );
    const { connection, remote } = await connect();
    const closing = manager.close(connection);
    expect((await remote.nextFrame()).type).toBe("close");
    await clock.advance(1_000);
    expect(unwrap(await closing)).toMatchObject({ code: 1006, clean: false });
    if (venue.capabilities.terminate) await remote.ended;
    expect(clock.referencedTimers).toBe(0);
  });

  it("first sends everything that was accepted", async () => {
    const { manager, connect } = await stage(venue);
    const { connection, remote } = await connect();
    for (let number = 0; number < 20; number += 1) void manager.send(connection, number);
    const closing = manager.close(connection);
    for (let number = 0; number < 20; number += 1) {
      expect(await remote.nextFrame()).toEqual({ type: "text", text: String(number) });
    }
    expect((await remote.nextFrame()).type).toBe("close");
    expect(unwrap(await closing).clean).toBe(true);
  });

  it("is bounded for all connections at once when the manager is disposed of", async () => {
    const { manager, connect, clock } = await stage(venue, { answersClose: false }, { closeTimeoutMs: 500 });
    const remotes = [(await connect()).remote, (await connect()).remote];
    const disposed = manager.dispose();
    for (const remote of remotes) expect((await remote.nextFrame()).type).toBe("close");
    await clock.advance(500);
    await disposed;
    expect(manager.getStats().openConnections).toBe(0);
  });
});

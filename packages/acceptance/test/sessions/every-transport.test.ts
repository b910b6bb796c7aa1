import { unwrap } from "@outsock/core";
import { openSession, plain, type Session, type SessionEvents } from "@outsock/session";
import type { PeerConnection } from "@outsock/transport-contract";
import { describe, expect, it } from "vitest";
import { echo } from "../support/echo.ts";
import { stage } from "../support/stage.ts";
import { type Venue, venues } from "../support/venues.ts";

/** A session with a peer that sends back what it gets, which answers every call. */
async function open(venue: Venue) {
  const { manager, peer, clock } = await stage(venue);
  const remotes: PeerConnection[] = [];
  void echo(peer, (remote) => remotes.push(remote));
  const opened = await openSession(manager, {
    url: peer.url,
    protocol: plain({ params: "params", result: "params" }),
    maxAgeMs: 60_000,
    random: () => 1,
    // The clock is moved faster than real sockets can answer.
    heartbeat: false,
  });
  return { session: unwrap(opened).session, manager, clock, remotes };
}

function next<Name extends keyof SessionEvents>(session: Session, name: Name): Promise<SessionEvents[Name]> {
  return new Promise((resolve) => session.on(name, resolve));
}

describe.each(venues)("a session over $name", (venue) => {
  it("answers many calls at once over one connection", async () => {
    const { session, manager } = await open(venue);
    const answers = await Promise.all(Array.from({ length: 100 }, (_, n) => session.call("echo", n)));
    expect(answers.map(({ data }) => data?.response)).toEqual(Array.from({ length: 100 }, (_, n) => n));
    expect(manager.getStats().openConnections).toBe(1);
  });

  it("rotates, connects again after a loss, and closes", async () => {
    const { session, manager, clock, remotes } = await open(venue);
    const rotated = next(session, "rotation");
    await clock.advance(54_000);
    expect(await rotated).toEqual({ reason: "age" });
    expect((await session.call("echo", "rotated")).data?.response).toBe("rotated");
    const [lost, gap] = [next(session, "state"), next(session, "gap")];
    for (const remote of remotes) remote.drop();
    await lost;
    while (session.state !== "waiting") await next(session, "state");
    const call = session.call("echo", "again");
    await clock.advance(1_000);
    await gap;
    expect((await call).data?.response).toBe("again");
    await session.close();
    expect(manager.getStats().openConnections).toBe(0);
  });
});

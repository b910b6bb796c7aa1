import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createWebSocketManager, type Transport, unwrap } from "@outsock/core";
import { manualClock } from "@outsock/core/testing";
import type { Peer } from "@outsock/transport-contract";
import { faulty } from "@outsock/transport-faults";
import { guarded } from "@outsock/transport-guard";
import { pooled } from "@outsock/transport-pool";
import { recorded, replayed } from "@outsock/transport-tape";
import { describe, expect, it, onTestFinished } from "vitest";
import { echo } from "../support/echo.ts";
import { type Venue, venues } from "../support/venues.ts";

/** Every layer, in the order of the documentation, around one transport. */
function stackAround(inner: Transport, tape: string) {
  const clock = manualClock();
  const guard = guarded(inner, {
    allowPrivate: true,
    allowAddresses: ["192.0.2.0/24"],
    deny: ["denied.example"],
  });
  const pool = pooled(guard, { clock });
  const faults = faulty(pool, [{ fault: "drop", on: "in", channel: 2 }], 1, { clock });
  const recording = recorded(faults, tape, { clock });
  const manager = createWebSocketManager({ transport: recording, clock });
  return { clock, pool, recording, manager };
}

function newTape(): string {
  const folder = mkdtempSync(join(tmpdir(), "outsock-stack-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "tape.ndjson");
}

async function echoing(venue: Venue): Promise<Peer> {
  const peer = await venue.startPeer();
  onTestFinished(() => peer.close());
  void echo(peer);
  return peer;
}

const guardable = venues.filter(({ capabilities }) => capabilities.addressCheck || !capabilities.network);

describe.each(guardable)("all layers together, over $name", (venue) => {
  it("keep their promises, and the tape replays with the same result", async () => {
    const tape = newTape();
    const { url } = await echoing(venue);
    const { clock, pool, recording, manager } = stackAround(venue.createTransport(), tape);
    const ask = (transport: typeof manager, n: number) => transport.request(url, { n }, { timeoutMs: 1_000 });

    expect(unwrap(await ask(manager, 1)).response).toEqual({ n: 1 });
    const lost = ask(manager, 2);
    await expect.poll(() => pool.getStats().reusedCount).toBe(1);
    await clock.advance(1_000);
    expect((await lost).error?.code).toBe("RECEIVE_TIMEOUT");
    expect(unwrap(await ask(manager, 3)).response).toEqual({ n: 3 });
    expect((await manager.request("ws://denied.example", 1)).error?.code).toBe("URL_FORBIDDEN");
    expect(pool.getStats()).toMatchObject({ openedCount: 2, reusedCount: 1, discards: { terminated: 1 } });

    await manager.dispose();
    await recording.dispose();
    await pool.dispose();
    const replay = replayed(tape);
    const offline = createWebSocketManager({ transport: replay, clock });
    expect(unwrap(await ask(offline, 1)).response).toEqual({ n: 1 });
    const lostAgain = ask(offline, 2);
    await clock.advance(1_000);
    expect((await lostAgain).error?.code).toBe("RECEIVE_TIMEOUT");
    expect(unwrap(await ask(offline, 3)).response).toEqual({ n: 3 });
    expect((await offline.request("ws://denied.example", 1)).error?.code).toBe("URL_FORBIDDEN");
    replay.verify();
  });
});

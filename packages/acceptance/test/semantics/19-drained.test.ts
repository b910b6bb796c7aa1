import { systemClock } from "@outsock/core";
import { describe, expect, it } from "vitest";
import { stage } from "../support/stage.ts";
import { venues } from "../support/venues.ts";

/** More than any kernel takes in for a peer that does not read. */
const chunk = new Uint8Array(1024 * 1024);
const chunks = 24;

describe.each(venues)("connection.drained on $name", (venue) => {
  it("resolves once a peer that did not read has read everything", async () => {
    const options = {
      codec: "raw",
      maxBufferedBytes: 2 * chunks * chunk.byteLength,
      clock: systemClock,
    } as const;
    const { manager, connect } = await stage(venue, {}, options);
    const { connection, remote } = await connect();
    remote.stopReading();
    for (let n = 0; n < chunks; n += 1) await manager.send(connection, chunk);
    expect(connection.bufferedBytes).toBeGreaterThan(0);
    let drained = false;
    const waiting = connection.drained().then(() => {
      drained = true;
    });
    for (let turn = 0; turn < 10; turn += 1) await new Promise(setImmediate);
    expect(drained).toBe(false);
    remote.resumeReading();
    for (let n = 0; n < chunks; n += 1) await remote.nextFrame();
    await waiting;
    expect(connection.bufferedBytes).toBe(0);
  });
});

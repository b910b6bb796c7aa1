import { unwrap } from "@outsock/core";
import { describe, expect, it } from "vitest";
import { stage } from "../support/stage.ts";
import { venues } from "../support/venues.ts";

describe.each(venues)("bad input on $name", (venue) => {
  it("fails with its code, is counted, and loses nothing", async () => {
    const { manager, connect, peer } = await stage(venue);
    const { connection, remote } = await connect();
    const other = await stage(venue);
    const foreign = await other.connect();
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    const failures = [
      await manager.connect(""),
      await manager.request("https://peer.test/", 1),
      await manager.send(connection, cycle),
      await manager.send(connection, undefined),
      await manager.send(foreign.connection, 1),
      await manager.receive(foreign.connection, { timeoutMs: 0 }),
      await manager.close(foreign.connection),
    ];
    expect(failures.map(({ error }) => error?.code)).toEqual([
      "INVALID_URL",
      "INVALID_URL",
      "SERIALIZE_FAILED",
      "INVALID_MESSAGE",
      "NO_CONNECTION",
      "NO_CONNECTION",
      "NO_CONNECTION",
    ]);
    expect(manager.getStats().errorsCount).toBe(7);
    expect(peer.connectionCount).toBe(1);
    remote.send(new Uint8Array([0xc3, 0x28]));
    remote.send('"fine"');
    expect((await manager.receive(connection)).error?.code).toBe("PARSE_FAILED");
    expect(unwrap(await manager.receive(connection)).response).toBe("fine");
    expect(foreign.connection.state).toBe("open");
  });
});

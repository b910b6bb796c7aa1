import { slidingWindow, unwrap } from "@outsock/core";
import { describe, expect, it } from "vitest";
import { nextText, stage } from "../support/stage.ts";
import { venues } from "../support/venues.ts";

describe.each(venues)("admission on $name", (venue) => {
  it("admits exactly 300 operations a second, and the peer sees exactly those", async () => {
    const { manager, connect, clock } = await stage(venue);
    const { connection, remote } = await connect();
    const results = await Promise.all(
      Array.from({ length: 320 }, (_, number) => manager.send(connection, number)),
    );
    expect(results.filter(({ success }) => success)).toHaveLength(299);
    for (const { error } of results.slice(299)) {
      expect(error).toMatchObject({
        code: "RATE_LIMITED",
        phase: "admission",
        sent: "no",
        retryAfterMs: 1_000,
      });
    }
    for (let number = 0; number < 299; number += 1) expect(await nextText(remote)).toBe(String(number));
    await clock.advance(1_000);
    expect((await manager.send(connection, "again")).success).toBe(true);
    expect(await nextText(remote)).toBe('"again"');
    expect(manager.getStats()).toMatchObject({
      messagesSentCount: 300,
      rateLimitedCount: 21,
      errorsCount: 0,
    });
  });

  it("refuses the whole request: the peer is not dialled", async () => {
    const { manager, peer } = await stage(venue, {}, { rateLimiter: slidingWindow({ limit: 3 }) });
    expect((await manager.request(peer.url, 1)).error?.code).toBe("RATE_LIMITED");
    expect(peer.connectionCount).toBe(0);
  });

  it("waits in the queue with onLimit: { wait }", async () => {
    const { manager, connect, clock } = await stage(
      venue,
      {},
      {
        rateLimiter: slidingWindow({ limit: 2 }),
        onLimit: { wait: 5_000 },
      },
    );
    const { connection, remote } = await connect();
    const sends = [1, 2, 3].map((message) => manager.send(connection, message));
    await clock.advance(1_000);
    for (const result of await Promise.all(sends)) unwrap(result);
    expect([await nextText(remote), await nextText(remote), await nextText(remote)]).toEqual(["1", "2", "3"]);
  });
});

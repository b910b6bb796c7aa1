import { describe, expect, it } from "vitest";
import { stage } from "../support/stage.ts";
import { venues } from "../support/venues.ts";

describe.each(venues)("correlation on $name", (venue) => {
  it("carries the caller's id through a request's result and all its events", async () => {
    const { manager, peer, sink } = await stage(venue);
    const requested = manager.request(peer.url, 1, { correlationId: "order-7" });
    const remote = await peer.nextConnection();
    await remote.nextFrame();
    remote.send("2");
    expect(await requested).toEqual({ success: true, data: { response: 2, correlationId: "order-7" } });
    const mine = sink.events.filter((event) => "correlationId" in event && event.correlationId === "order-7");
    expect(mine.map(({ type }) => type)).toEqual([
      "operation-called",
      "operation-started",
      "connection-opened",
      "message-sent",
      "message-received",
      "operation-succeeded",
    ]);
  });

  it("is in the error as well", async () => {
    const { manager, peer } = await stage(venue);
    const { error } = await manager.connect(await peer.unusedUrl(), { correlationId: "order-8" });
    expect(error?.correlationId).toBe("order-8");
  });
});

import { slidingWindow } from "@outsock/core";
import type { PeerConnection } from "@outsock/transport-contract";
import { describe, expect, it } from "vitest";
import { stage } from "../support/stage.ts";
import { type Venue, venues } from "../support/venues.ts";

describe.each(venues)("a request on $name always closes", (venue: Venue) => {
  async function after(
    event: "answer" | "close" | "drop" | "nonsense" | "timeout" | "abort",
  ): Promise<string | undefined> {
    const { manager, peer, clock } = await stage(venue, {}, { rateLimiter: slidingWindow({ limit: 4 }) });
    const controller = new AbortController();
    const requested = manager.request(peer.url, { ask: 1 }, { timeoutMs: 3_000, signal: controller.signal });
    const remote: PeerConnection = await peer.nextConnection();
    expect(await remote.nextFrame()).toEqual({ type: "text", text: '{"ask":1}' });
    if (event === "answer") remote.send('"yes"');
    if (event === "close") remote.close(4000, "no");
    if (event === "drop") remote.drop();
    if (event === "nonsense") remote.send("<html>");
    if (event === "timeout") await clock.advance(3_000);
    if (event === "abort") controller.abort();
    const { error } = await requested;
    await remote.ended;
    expect(manager.getStats()).toMatchObject({ openConnections: 0, connectionsCount: 1 });
    expect(clock.referencedTimers).toBe(0);
    return error?.code;
  }

  it("after an answer", async () => expect(await after("answer")).toBeUndefined());
  it("after the peer's close", async () => expect(await after("close")).toBe("CONNECTION_CLOSED"));
  it("after the peer is lost without a close", async () =>
    expect(await after("drop")).toBe("CONNECTION_CLOSED"));
  it("after an answer it cannot read", async () => expect(await after("nonsense")).toBe("PARSE_FAILED"));
  it("after its timeout", async () => expect(await after("timeout")).toBe("RECEIVE_TIMEOUT"));
  it("after an abort", async () => expect(await after("abort")).toBe("ABORTED"));
});

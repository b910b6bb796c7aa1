import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { stage } from "../support/stage.ts";
import { venues } from "../support/venues.ts";

describe.each(venues)("secure by default on $name", (venue) => {
  it("refuses a message above 1 MiB and ends the connection", async () => {
    const { manager, connect } = await stage(venue);
    const { connection, remote } = await connect();
    const receiving = manager.receive(connection);
    remote.send("x".repeat(1_048_577));
    expect((await receiving).error).toMatchObject({ code: "MESSAGE_TOO_BIG", phase: "receive" });
    await remote.ended;
  });

  it("shows no secret of a URL, header or message in errors and events", async () => {
    const { manager, peer, sink } = await stage(venue, { handshake: { type: "reject", status: 401 } });
    const url = new URL(peer.url);
    url.search = "?token=hunter2";
    if (venue.capabilities.headers) url.username = "hunter2";
    const headers = venue.capabilities.headers ? { cookie: "hunter2" } : {};
    const { error } = await manager.request(url, { secret: "hunter2" }, { headers });
    expect(error).toBeDefined();

    const shown = `${inspect(error, { depth: 9 })} ${JSON.stringify(error)} ${error?.stack} ${JSON.stringify(sink.events)}`;
    expect(shown).not.toContain("hunter2");
  });

  it("shows no secret of a URL in a handle", async () => {
    const { manager, peer, sink } = await stage(venue);
    const url = new URL(peer.url);
    url.search = "?token=hunter2";
    const { data } = await manager.connect(url);
    expect(data?.connection.state).toBe("open");
    const shown = `${inspect(data, { depth: 9 })} ${JSON.stringify([data, sink.events])}`;
    expect(shown).not.toContain("hunter2");
    expect(shown).toContain("?***");
  });

  it("reports the status and Retry-After of a rejected handshake, if the transport can", async () => {
    const { manager, peer } = await stage(venue, {
      handshake: { type: "reject", status: 429, headers: { "Retry-After": "7" } },
    });
    const { error } = await manager.connect(peer.url);
    if (venue.capabilities.failureReason) {
      expect(error).toMatchObject({
        code: "HANDSHAKE_REJECTED",
        status: 429,
        retryAfterMs: 7_000,
        retryable: true,
      });
    } else {
      expect(error?.code).toBe("CONNECT_FAILED");
    }
  });
});

const onNetworks = venues.filter(({ capabilities }) => capabilities.network);

describe.each(onNetworks)("secure by default on $name", (venue) => {
  it("follows no redirect", async () => {
    const target = await stage(venue);
    const { manager, peer } = await stage(venue, {
      handshake: { type: "reject", status: 302, headers: { Location: target.peer.url } },
    });
    const { error } = await manager.connect(peer.url, {
      headers: venue.capabilities.headers ? { authorization: "Bearer x" } : {},
    });
    expect(error?.code).toBe(venue.capabilities.failureReason ? "HANDSHAKE_REJECTED" : "CONNECT_FAILED");
    expect(target.peer.connectionCount).toBe(0);
  });

  it.each(["self-signed", "wrong-host"] as const)("refuses a %s certificate", async (tls) => {
    const { manager, peer } = await stage(venue, { tls });
    const { error } = await manager.connect(peer.url);
    expect(error?.code).toBe(venue.capabilities.failureReason ? "TLS_FAILED" : "CONNECT_FAILED");
  });

  it("offers no extension", async () => {
    const { connect } = await stage(venue);
    const { remote } = await connect();
    if (venue.name !== "native")
      expect(remote.request.headers).not.toHaveProperty("sec-websocket-extensions");
  });
});

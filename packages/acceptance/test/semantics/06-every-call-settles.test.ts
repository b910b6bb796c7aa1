import { unwrap } from "@outsock/core";
import { describe, expect, it } from "vitest";
import { stage } from "../support/stage.ts";
import { venues } from "../support/venues.ts";

describe.each(venues)("every call settles on $name", (venue) => {
  it("when the peer closes: earlier messages first, then the code and reason", async () => {
    const { manager, connect } = await stage(venue);
    const { connection, remote } = await connect();
    const waiting = [manager.receive(connection), manager.receive(connection)];
    remote.send('"last"');
    remote.close(4321, "enough");
    const [first, second] = await Promise.all(waiting);
    expect(first?.data?.response).toBe("last");
    expect(second?.error).toMatchObject({
      code: "CONNECTION_CLOSED",
      closeCode: 4321,
      closeReason: "enough",
    });
    expect((await manager.send(connection, 1)).error).toMatchObject({
      code: "CONNECTION_CLOSED",
      sent: "no",
    });
    expect(unwrap(await manager.close(connection))).toMatchObject({
      code: 4321,
      reason: "enough",
      clean: true,
    });
  });

  it("when the peer vanishes", async () => {
    const { manager, connect } = await stage(venue);
    const { connection, remote } = await connect();
    const receiving = manager.receive(connection);
    remote.drop();
    expect((await receiving).error).toMatchObject({ code: "CONNECTION_CLOSED", closeCode: 1006 });
    await expect(connection[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      code: "CONNECTION_CLOSED",
    });
  });

  it("when the manager is disposed of", async () => {
    const { manager, peer, connect } = await stage(venue, {});
    const { connection, remote } = await connect();
    const receiving = manager.receive(connection);
    await manager.dispose();
    await remote.ended;
    expect((await receiving).error?.code).toBe("CONNECTION_CLOSED");
    expect((await manager.connect(peer.url)).error?.code).toBe("DISPOSED");
  });

  it("when it is aborted while connecting, and the peer sees its end", async () => {
    const { manager, peer } = await stage(venue, { handshake: { type: "stall" } });
    const controller = new AbortController();
    const connecting = manager.connect(peer.url, { signal: controller.signal });
    const remote = await peer.nextConnection();
    controller.abort();
    expect((await connecting).error).toMatchObject({ code: "ABORTED", phase: "connect" });
    await remote.ended;
  });

  it("when nobody listens", async () => {
    const { manager, peer } = await stage(venue);
    const url = await peer.unusedUrl();
    expect((await manager.request(url, 1)).error).toMatchObject({
      code: "CONNECT_FAILED",
      phase: "connect",
      sent: "no",
    });
  });
});

const onNetworks = venues.filter(({ capabilities }) => capabilities.network);

describe.each(onNetworks)("every call settles on $name", (venue) => {
  it.each([
    ["a masked frame", [0x81, 0x81, 0, 0, 0, 0, 0x31]],
    ["reserved bits", [0xf1, 0x01, 0x31]],
    ["an unknown opcode", [0x83, 0x01, 0x31]],
    ["bad UTF-8", [0x81, 0x01, 0xff]],
    ["a length of 2^63", [0x82, 0x7f, 0x80, 0, 0, 0, 0, 0, 0, 0]],
  ])("when the peer breaks the protocol with %s", async (_, bytes) => {
    const { manager, connect } = await stage(venue);
    const { connection, remote } = await connect();
    const receiving = manager.receive(connection);
    remote.wire?.raw(new Uint8Array(bytes));
    const { error } = await receiving;
    const codes = ["PROTOCOL_ERROR", "MESSAGE_TOO_BIG", "CONNECTION_CLOSED"];
    expect(codes).toContain(error?.code);
    if (venue.capabilities.failureReason) expect(error?.code).not.toBe("CONNECTION_CLOSED");
    expect(connection.state).toBe("closed");
  });

  it("when the connection ends within a frame", async () => {
    const { manager, connect } = await stage(venue);
    const { connection, remote } = await connect();
    const receiving = manager.receive(connection);
    remote.wire?.raw(new Uint8Array([0x81, 0x7e, 0x01]));
    remote.wire?.end();
    expect((await receiving).error).toMatchObject({ code: "CONNECTION_CLOSED", closeCode: 1006 });
  });

  it("when the connection is reset during the handshake", async () => {
    const { manager, peer } = await stage(venue, { handshake: { type: "hang-up", how: "reset" } });
    expect((await manager.connect(peer.url)).error?.code).toBe("CONNECT_FAILED");
  });
});

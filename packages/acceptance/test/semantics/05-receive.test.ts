import { unwrap } from "@outsock/core";
import { describe, expect, it } from "vitest";
import { stage } from "../support/stage.ts";
import { venues } from "../support/venues.ts";

describe.each(venues)("receive on $name", (venue) => {
  it("keeps a greeting that arrives in the same packet as the handshake", async () => {
    const { manager, connect } = await stage(venue, { greeting: ['"hello"', "1", "2"] });
    const { connection } = await connect();
    await new Promise(setImmediate);
    for (const expected of ["hello", 1, 2])
      expect(unwrap(await manager.receive(connection)).response).toBe(expected);
  });

  it("takes nothing when it times out or is aborted", async () => {
    const { manager, connect, clock } = await stage(venue);
    const { connection, remote } = await connect();
    const controller = new AbortController();
    const aborted = manager.receive(connection, { signal: controller.signal });
    const late = manager.receive(connection, { timeoutMs: 100 });
    controller.abort();
    await clock.advance(100);
    expect((await aborted).error?.code).toBe("ABORTED");
    expect((await late).error?.code).toBe("RECEIVE_TIMEOUT");
    remote.send("1");
    expect(unwrap(await manager.receive(connection)).response).toBe(1);
  });

  it("serves several waiting receives in the order of their calls", async () => {
    const { manager, connect } = await stage(venue);
    const { connection, remote } = await connect();
    const waiting = [1, 2, 3].map(() => manager.receive(connection));
    for (const message of ["1", "2", "3"]) remote.send(message);
    expect((await Promise.all(waiting)).map((result) => unwrap(result).response)).toEqual([1, 2, 3]);
  });

  it("delivers every message in order to a reader slower than the peer", async () => {
    const total = 3_000;
    const { connect } = await stage(
      venue,
      {},
      {
        inbox: { maxMessages: venue.capabilities.pause ? 16 : total },
      },
    );
    const { connection, remote } = await connect();
    for (let number = 0; number < total; number += 1)
      remote.send(JSON.stringify({ number, fill: "x".repeat(200) }));
    let expected = 0;
    for await (const message of connection) {
      expect(message).toMatchObject({ number: expected });
      expected += 1;
      if (expected === total) break;
      if (expected % 100 === 0) await new Promise(setImmediate);
    }
    expect(expected).toBe(total);
  });

  it("ends with INBOX_OVERFLOW when the inbox is full, after the messages in it", async () => {
    const { manager, connect } = await stage(venue, {}, { inbox: { maxMessages: 4, overflow: "close" } });
    const { connection, remote } = await connect();
    for (let number = 0; number < 50; number += 1) remote.send(String(number));
    await remote.ended;
    const codes: unknown[] = [];
    for (;;) {
      const { data, error } = await manager.receive(connection);
      if (error !== undefined) {
        expect(error.code).toBe("INBOX_OVERFLOW");
        break;
      }
      codes.push(data.response);
    }
    expect(codes.slice(0, 4)).toEqual([0, 1, 2, 3]);
  });

  it("iterates until a clean close", async () => {
    const { connect } = await stage(venue);
    const { connection, remote } = await connect();
    remote.send("1");
    remote.send("2");
    remote.close(1000);
    const all: unknown[] = [];
    for await (const message of connection) all.push(message);
    expect(all).toEqual([1, 2]);
  });

  it("reads and writes text and bytes with the raw codec", async () => {
    const { manager, peer } = await stage(venue);
    const [connected, remote] = await Promise.all([
      manager.connect(peer.url, { codec: "raw" }),
      peer.nextConnection(),
    ]);
    const { connection } = unwrap(connected);
    await manager.send(connection, "text");
    await manager.send(connection, new Uint8Array([0, 255]));
    expect(await remote.nextFrame()).toEqual({ type: "text", text: "text" });
    expect(await remote.nextFrame()).toMatchObject({ type: "binary" });
    remote.send("t");
    remote.send(new Uint8Array([1, 2]));
    expect(unwrap(await manager.receive(connection)).response).toBe("t");
    const { response } = unwrap(await manager.receive(connection));
    expect(response).toBeInstanceOf(Uint8Array);
    expect([...(response instanceof Uint8Array ? response : [])]).toEqual([1, 2]);
  });
});

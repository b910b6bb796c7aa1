import { unwrap } from "@outsock/core";
import { manualClock } from "@outsock/core/testing";
import { type FaultScript, type FaultyTransport, faulty } from "@outsock/transport-faults";
import { describe, expect, it, onTestFinished } from "vitest";
import { nextText, type Stage, stage } from "../support/stage.ts";
import { type Venue, venues } from "../support/venues.ts";

type FaultyStage = Stage & { readonly transport: FaultyTransport };

async function faultyStage(venue: Venue, script: FaultScript): Promise<FaultyStage> {
  const clock = manualClock();
  const transport = faulty(venue.createTransport(), script, 1, { clock });
  const staged = await stage(venue, {}, { transport, clock });
  onTestFinished(async () => {
    const disposed = staged.manager.dispose();
    await clock.advance(60_000);
    await disposed;
    expect(staged.manager.getStats().openConnections).toBe(0);
    expect(clock.referencedTimers).toBe(0);
  });
  return { ...staged, clock, transport };
}

/** Lets what is under way on real sockets come in. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}

const numbers = Array.from({ length: 24 }, (_, index) => index + 1);

describe.each(venues)("under faults, over $name", (venue) => {
  it("an open that is refused or not answered fails with its code, and nothing is dialled", async () => {
    const { manager, peer, clock } = await faultyStage(venue, [
      { fault: "refuse", channel: 1, status: 503, retryAfterMs: 700 },
      { fault: "stall", channel: 2 },
    ]);
    const { error } = await manager.connect(peer.url);
    expect(error).toMatchObject({ code: "HANDSHAKE_REJECTED", status: 503, retryAfterMs: 700 });
    const stalled = manager.request(peer.url, 1, { timeoutMs: 500 });
    await clock.advance(500);
    expect((await stalled).error).toMatchObject({ code: "CONNECT_TIMEOUT", sent: "no" });
    expect(peer.connectionCount).toBe(0);
  });

  it("nothing is lost, duplicated or reordered except by the script, in both directions", async () => {
    const { manager, connect, clock, transport } = await faultyStage(venue, [
      { fault: "delay", on: "both", ms: [0, 80] },
      { fault: "drop", on: "both", every: 5 },
      { fault: "duplicate", on: "both", every: 7 },
    ]);
    const expected = numbers.flatMap((number) =>
      number % 5 === 0 ? [] : number % 7 === 0 ? [number, number] : [number],
    );
    const { connection, remote } = await connect();
    for (const number of numbers) unwrap(await manager.send(connection, number));
    const closing = manager.close(connection);
    await clock.advance(80);
    for (const number of expected) expect(await nextText(remote)).toBe(String(number));
    expect(unwrap(await closing).clean).toBe(true);

    const second = await connect();
    for (const number of numbers) second.remote.send(String(number));
    await until(() => transport.faults.some(({ on, message }) => on === "in" && message === 24));
    await clock.advance(80);
    for (const number of expected) {
      expect((await manager.receive(second.connection, { timeoutMs: 0 })).data?.response).toBe(number);
    }
    expect((await manager.receive(second.connection, { timeoutMs: 0 })).error?.code).toBe("RECEIVE_TIMEOUT");
  });

  it("a request whose answer is missing or unreadable fails within its timeout", async () => {
    const { manager, peer, clock, transport } = await faultyStage(venue, [
      { fault: "mute", on: "in", channel: 1 },
      { fault: "corrupt", on: "in", channel: 2 },
    ]);
    for (const code of ["RECEIVE_TIMEOUT", "PARSE_FAILED"]) {
      const pending = manager.request(peer.url, 1, { timeoutMs: 900 });
      const remote = await peer.nextConnection();
      remote.send(await nextText(remote));
      const faults = transport.faults.length;
      await until(() => transport.faults.length > faults);
      await clock.advance(900);
      expect((await pending).error).toMatchObject({ code, phase: "receive", sent: "maybe" });
      if (venue.capabilities.terminate) await remote.ended;
    }
  });

  it("a cut while sending loses the last accepted messages, and is reported as 1006", async () => {
    const { manager, connect } = await faultyStage(venue, [{ fault: "cut", on: "out", skip: 2 }]);
    const { connection, remote } = await connect();
    const receiving = manager.receive(connection);
    const sent = await Promise.all([1, 2, 3].map((number) => manager.send(connection, number)));
    expect(sent.map(({ success }) => success)).toEqual([true, true, true]);
    expect((await receiving).error).toMatchObject({ code: "CONNECTION_CLOSED", closeCode: 1006 });
    expect(unwrap(await manager.close(connection))).toMatchObject({ code: 1006, clean: false });
    for (const number of [1, 2]) expect(await nextText(remote)).toBe(String(number));
    await remote.ended;
    await expect(remote.nextFrame()).rejects.toThrow("ended");
  });

  it("the manager's timeouts end a half-open connection, and its socket is destroyed", async () => {
    const { manager, connect, clock } = await faultyStage(venue, [
      { fault: "half-open", on: "out", channel: 1 },
    ]);
    const { connection, remote } = await connect();
    unwrap(await manager.send(connection, "into the void"));
    remote.send("1");
    const other = await connect();
    other.remote.send("2");
    expect((await manager.receive(other.connection)).data?.response).toBe(2);
    const receiving = manager.receive(connection, { timeoutMs: 800 });
    await clock.advance(800);
    expect((await receiving).error?.code).toBe("RECEIVE_TIMEOUT");
    const closing = manager.close(connection);
    await clock.advance(2_000);
    expect(unwrap(await closing)).toMatchObject({ code: 1006, clean: false });
    if (venue.capabilities.terminate) await remote.ended;
  });

  it("the close code of a peer that goes away is reported", async () => {
    const { manager, connect } = await faultyStage(venue, [{ fault: "close", on: "in", code: 1012 }]);
    const { connection, remote } = await connect();
    remote.send("1");
    const { error } = await manager.receive(connection);
    expect(error).toMatchObject({ code: "CONNECTION_CLOSED", closeCode: 1012 });
    if (venue.capabilities.terminate) await remote.ended;
  });
});

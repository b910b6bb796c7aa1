import { describe, expect, it } from "vitest";
import { unwrap } from "../src/index.ts";
import { countedSignal } from "./support/counted-signal.ts";
import { bytesMessage } from "./support/puppet.ts";
import { scene } from "./support/scene.ts";

describe("receive", () => {
  it("gives messages in order, whether they came before or come later", async () => {
    const { manager, connect } = scene();
    const { connection, channel } = await connect();
    channel.deliver(1);
    channel.deliver(2);
    const first = [
      manager.receive(connection),
      manager.receive(connection),
      manager.receive(connection),
      manager.receive(connection),
    ];
    channel.deliver(3);
    channel.deliver(4);
    expect((await Promise.all(first)).map((result) => unwrap(result).response)).toEqual([1, 2, 3, 4]);
    expect(manager.getStats().messagesReceivedCount).toBe(4);
  });

  it("times out at its deadline and loses nothing", async () => {
    const { manager, connect, clock } = scene();
    const { connection, channel } = await connect();
    const early = manager.receive(connection, { timeoutMs: 100 });
    const patient = manager.receive(connection, { timeoutMs: 1_000 });
    await clock.advance(99);
    await clock.advance(1);
    expect((await early).error).toMatchObject({
      code: "RECEIVE_TIMEOUT",
      phase: "receive",
      sent: "no",
      retryable: true,
    });
    channel.deliver("late");
    expect(unwrap(await patient).response).toBe("late");
  });

  it("is cancel-safe: an aborted receive takes no message", async () => {
    const { manager, connect } = scene();
    const { connection, channel } = await connect();
    const controller = new AbortController();
    const aborted = manager.receive(connection, { signal: controller.signal });
    controller.abort();
    channel.deliver("kept");
    expect((await aborted).error).toMatchObject({ code: "ABORTED", phase: "receive" });
    expect(unwrap(await manager.receive(connection)).response).toBe("kept");
  });

  it("with a timeout of 0 only looks", async () => {
    const { manager, connect } = scene();
    const { connection, channel } = await connect();
    expect((await manager.receive(connection, { timeoutMs: 0 })).error?.code).toBe("RECEIVE_TIMEOUT");
    channel.deliver(1);
    expect((await manager.receive(connection, { timeoutMs: 0 })).success).toBe(true);
  });

  it("answers PARSE_FAILED without the payload, and goes on with the next message", async () => {
    const { manager, connect } = scene();
    const { connection, channel } = await connect();
    channel.deliverText("password=hunter2");
    channel.events.message(bytesMessage(new Uint8Array([0xff, 0xfe])));
    channel.deliver("good");
    const { error } = await manager.receive(connection);
    expect(error).toMatchObject({ code: "PARSE_FAILED", phase: "receive", retryable: false });
    expect(`${error?.stack} ${JSON.stringify(error)} ${String(error?.cause)}`).not.toContain("hunter2");
    expect((await manager.receive(connection)).error?.code).toBe("PARSE_FAILED");
    expect(unwrap(await manager.receive(connection)).response).toBe("good");
  });

  it("takes a codec that decodes later for one that could not read", async () => {
    const { manager, connect } = scene({
      codec: { encode: () => "", decode: () => Promise.reject(new Error("later")) },
    });
    const { connection, channel } = await connect();
    channel.deliver(1);
    expect((await manager.receive(connection)).error?.code).toBe("PARSE_FAILED");
    await new Promise(setImmediate);
  });

  it("keeps a message that comes after the deadline, though the timer is late, for the next receive", async () => {
    const { manager, connect, clock } = scene();
    const { connection, channel } = await connect();
    const late = manager.receive(connection, { timeoutMs: 1_000 });
    clock.freeze(5_000);
    channel.deliver("stale");
    expect((await late).error?.code).toBe("RECEIVE_TIMEOUT");
    expect(unwrap(await manager.receive(connection)).response).toBe("stale");
    await clock.advance(0);
  });

  it("gives what is in the inbox first, then how the connection ended", async () => {
    const { manager, connect } = scene();
    const { connection, channel } = await connect();
    channel.deliver("last words");
    channel.end({ code: 4000, reason: "because", clean: true });
    expect(unwrap(await manager.receive(connection)).response).toBe("last words");
    for (const _ of [1, 2]) {
      const { error } = await manager.receive(connection);
      expect(error).toMatchObject({ code: "CONNECTION_CLOSED", closeCode: 4000, closeReason: "because" });
    }
  });

  it("settles every waiting receive when the connection ends", async () => {
    const { manager, connect, clock } = scene();
    const { connection, channel } = await connect();
    const waiting = [manager.receive(connection), manager.receive(connection)];
    channel.end({ code: 1006, reason: "", clean: false });
    for (const { error } of await Promise.all(waiting))
      expect(error).toMatchObject({ code: "CONNECTION_CLOSED", closeCode: 1006 });
    expect(clock.referencedTimers).toBe(0);
  });

  it("wakes after a freeze and judges by the clock: what is due times out, what is new does not", async () => {
    const { manager, connect, clock } = scene();
    const { connection, channel } = await connect();
    const old = manager.receive(connection, { timeoutMs: 10_000 });
    clock.freeze(600_000);
    await clock.advance(0);
    expect((await old).error?.code).toBe("RECEIVE_TIMEOUT");
    const fresh = manager.receive(connection, { timeoutMs: 10_000 });
    await clock.advance(9_999);
    channel.deliver("alive");
    expect(unwrap(await fresh).response).toBe("alive");
  });

  it("arms no timer per operation and leaves no listener", async () => {
    const { manager, connect, clock } = scene({
      rateLimiter: {
        acquire: () => ({ allowed: true, limit: 1, remaining: 1, resetAfterMs: 0, source: "local" }),
        refund: () => undefined,
        usage: () => ({ used: 0, limit: 1, windowMs: 1 }),
        reset() {},
      },
    });
    const { connection, channel } = await connect();
    const { signal, listeners } = countedSignal();
    const before = clock.timersArmed;
    for (let turn = 0; turn < 500; turn += 1) {
      const receiving = manager.receive(connection, { timeoutMs: 5_000, signal });
      channel.deliver(turn);
      await receiving;
    }
    expect(listeners()).toBe(0);
    expect(clock.timersArmed - before).toBeLessThanOrEqual(1);
    expect(clock.referencedTimers).toBe(0);
  });
});

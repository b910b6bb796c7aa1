import { describe, expect, it } from "vitest";
import { stall } from "../support/puppet.ts";
import { scene } from "../support/scene.ts";

describe("dispose", () => {
  it("closes every connection, settles what waits, and refuses what comes after", async () => {
    const { manager, connect } = scene();
    const first = await connect();
    const second = await connect();
    const receiving = manager.receive(first.connection);
    expect(manager.disposed).toBe(false);
    await manager.dispose();
    expect(manager.disposed).toBe(true);
    expect(first.channel.calls).toEqual(["close 1000"]);
    expect(second.connection.state).toBe("closed");
    expect((await receiving).error).toMatchObject({ code: "CONNECTION_CLOSED", closeCode: 1000 });
    const late = [
      manager.connect("ws://peer.test/"),
      manager.send(first.connection, 1),
      manager.request("ws://peer.test/", 1),
      manager.receive(first.connection),
      manager.close(first.connection),
    ];
    for (const { error } of await Promise.all(late))
      expect(error).toMatchObject({ code: "DISPOSED", phase: "admission" });
    expect(await manager.reset()).toBe(false);
  });

  it("ends what is connecting with DISPOSED", async () => {
    const { manager, transport } = scene();
    transport.onOpen = stall;
    const connecting = manager.connect("ws://peer.test/");
    const requesting = manager.request("ws://peer.test/", 1);
    await manager.dispose();
    expect((await connecting).error).toMatchObject({ code: "DISPOSED", phase: "connect" });
    expect((await requesting).error).toMatchObject({ code: "DISPOSED", sent: "no" });
    expect(transport.requests.every(({ signal }) => signal.aborted)).toBe(true);
  });

  it("still delivers a reply that comes before the peer's answer", async () => {
    const { manager, transport, clock } = scene();
    transport.onOpen = (channel) => {
      channel.answersClose = false;
    };
    const requested = manager.request("ws://peer.test/", 1);
    await clock.advance(0);
    const disposed = manager.dispose();
    transport.channel.deliver("in time");
    transport.channel.end({ code: 1000, reason: "", clean: true });
    expect((await requested).data?.response).toBe("in time");
    await disposed;
  });

  it("is bounded by closeTimeoutMs, idempotent, and leaves no timer", async () => {
    const { manager, connect, clock } = scene({ closeTimeoutMs: 300 });
    const { channel } = await connect();
    channel.answersClose = false;
    const both = [manager.dispose(), manager[Symbol.asyncDispose]()];
    await clock.advance(300);
    await Promise.all(both);
    expect(channel.calls).toEqual(["close 1000", "terminate"]);
    expect(clock.referencedTimers).toBe(0);
  });
});

import { describe, expect, it } from "vitest";
import { stage } from "./support/stage.ts";

const heartbeat = { intervalMs: 1_000, timeoutMs: 500, verifyTimeoutMs: 200 };

describe("a process that is busy when the server's time is over", () => {
  it("excuses the server once, and takes it for dead when it is busy again", async () => {
    const { open, server, clock } = stage({}, { answersPing: false });
    await open({ heartbeat });
    await clock.advance(1_400);
    clock.freeze(300);
    await clock.advance(0);
    expect(server.open).toHaveLength(1);
    clock.freeze(300);
    await clock.advance(0);
    expect(server.open).toHaveLength(0);
  });

  it("excuses it anew after a sign of life", async () => {
    const { open, server, clock } = stage({}, { answersPing: false });
    await open({ heartbeat });
    for (let round = 0; round < 3; round += 1) {
      await clock.advance(1_400);
      clock.freeze(300);
      await clock.advance(50);
      server.last.send({ topic: "life", data: round });
      await clock.advance(50);
      expect(server.open).toHaveLength(1);
    }
  });
});

describe("a process that stood still", () => {
  it("takes what came before for no sign of life", async () => {
    const { open, server, clock } = stage({}, { answersPing: false });
    const session = await open({ heartbeat });
    clock.freeze(60_000);
    server.last.send({ topic: "news", data: "of old" });
    const call = session.call("echo", 1);
    await clock.advance(200);
    expect(server.open).toHaveLength(0);
    await clock.advance(1_000);
    expect((await call).data?.response).toBe(1);
    expect(server.connections.map((connection) => connection.calls("echo").length)).toEqual([0, 1]);
  });

  it("sends calls at once while a slow loop keeps it from hearing any answer", async () => {
    const { open, server, clock } = stage();
    const session = await open({ heartbeat });
    const { data } = await session.subscribe("all:news", undefined, { overflow: "pause", maxEvents: 2 });
    for (const event of [1, 2, 3]) server.last.send({ topic: "news", data: event });
    await clock.advance(0);
    clock.freeze(60_000);
    expect((await session.notify("note")).success).toBe(true);
    await data?.subscription.close();
  });
});

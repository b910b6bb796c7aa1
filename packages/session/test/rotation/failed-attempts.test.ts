import { describe, expect, it } from "vitest";
import { stage, url } from "../support/stage.ts";

describe("a rotation whose new connection fails", () => {
  it("Its attempts are counted, for the failure event and for the url function", async () => {
    const { open, clock } = stage();
    const asked: number[] = [];
    const session = await open({
      maxAgeMs: 1_000,
      url({ attempt }) {
        asked.push(attempt);
        return asked.length === 1 ? url : "ws://nobody.example";
      },
    });
    const failures: unknown[] = [];
    session.on("failure", ({ attempt, retryInMs }) => failures.push([attempt, retryInMs]));
    await clock.advance(900 + 500 + 1_000);
    expect(failures).toEqual([
      [1, 500],
      [2, 1_000],
      [3, 2_000],
    ]);
    expect(asked).toEqual([1, 1, 2, 3]);
  });

  it("It is retried with pauses, even with reconnect: false", async () => {
    const { open, clock } = stage();
    let opened = 0;
    const session = await open({
      reconnect: false,
      maxAgeMs: 1_000,
      url() {
        opened += 1;
        return opened === 1 || opened > 10 ? url : "ws://nobody.example";
      },
    });
    await clock.advance(900 + 500 + 1_000);
    expect(opened).toBe(4);
    expect((await session.call("echo", 1)).success).toBe(true);
  });

  it("It is abandoned if the server ends the session with a fatal close code meanwhile", async () => {
    const { open, server, network, clock } = stage();
    network.listen("ws://slow.example", { stall: true });
    const session = await open();
    server.last.send({ goAway: "ws://slow.example" });
    await clock.advance(0);
    expect(session.state).toBe("rotating");
    server.last.peer.close(4001);
    await clock.advance(0);
    expect(session.error).toMatchObject({ code: "CONNECTION_CLOSED", closeCode: 4001 });
    expect([session.state, clock.referencedTimers]).toEqual(["closed", 0]);
  });

  it("A go-away to an invalid url is tried once, and then the session's own url", async () => {
    const { open, server, clock } = stage();
    const session = await open();
    const failures: unknown[] = [];
    session.on("failure", ({ error }) => failures.push(error.code));
    server.last.send({ goAway: "::::" });
    await clock.advance(1_000);
    expect(failures).toHaveLength(1);
    expect([server.connectionCount, server.open.length, session.state]).toEqual([2, 1, "ready"]);
  });

  it("If the old connection dies silently meanwhile, the gap starts at its last sign of life", async () => {
    const { open, server, network, clock } = stage();
    network.listen("ws://slow.example", { stall: true });
    let slow = false;
    const session = await open({
      maxAgeMs: 10_000,
      connectTimeoutMs: 3_000,
      random: () => 0.999,
      url: () => (slow ? "ws://slow.example" : url),
      heartbeat: { intervalMs: 500, timeoutMs: 400 },
    });
    const gaps: number[] = [];
    session.on("gap", ({ sinceMs }) => gaps.push(clock.now() - sinceMs));
    await clock.advance(8_990);
    slow = true;
    server.last.peer.hold();
    await clock.advance(1_410);
    expect(session.state).toBe("connecting");
    slow = false;
    await clock.advance(5_000);
    expect(session.state).toBe("ready");
    // The last pong arrived at 8,500, and the silence was noticed at 9,400.
    expect(gaps).toEqual([8_500]);
  });
});

import type { RateDecision } from "@outsock/core";
import { describe, expect, it } from "vitest";
import { stage } from "../support/stage.ts";
import { testProtocol } from "../support/test-protocol.ts";

const forever = { allowed: false, limit: 1, remaining: 0, resetAfterMs: 0, source: "local" } as const;
const granted = { ...forever, allowed: true } as const;

describe("a call that was sent before", () => {
  const limited = () => {
    let decide = (): RateDecision => granted;
    const rateLimiter = {
      acquire: () => decide(),
      refund: () => undefined,
      usage: () => ({ used: 0, limit: 100, windowMs: 1_000 }),
      reset: () => undefined,
    };
    return { rateLimiter, turn: (next: () => RateDecision) => (decide = next) };
  };

  it.each<[string, () => RateDecision]>([
    ["the limiter breaks", () => JSON.parse("{")],
    ["the limiter will never grant it", () => forever],
  ])("It reports that it may have arrived if %s meanwhile", async (_, decide) => {
    const limiter = limited();
    const { open, server, clock } = stage({ rateLimiter: limiter.rateLimiter });
    const session = await open();
    const call = session.call("hold", 1, { idempotent: true, correlationId: "mine" });
    await clock.advance(0);
    session.on("gap", () => limiter.turn(decide));
    server.last.peer.drop();
    await clock.advance(1_000);
    const { error } = await call;
    expect(error).toMatchObject({ code: "RATE_LIMITED", sent: "maybe", correlationId: "mine" });
    expect(server.allReceived("hold")).toHaveLength(1);
  });

  it("It reports that it may have arrived if the second send is refused", async () => {
    const { open, server, clock } = stage({ maxBufferedBytes: 300 });
    const session = await open({
      protocol: {
        ...testProtocol,
        async handshake(peer) {
          if (server.connectionCount === 1) return undefined;
          server.last.peer.hold();
          peer.send("y".repeat(200));
          return undefined;
        },
      },
    });
    const call = session.call("hold", "x".repeat(200), { idempotent: true });
    await clock.advance(0);
    server.last.peer.drop();
    await clock.advance(1_000);
    expect((await call).error).toMatchObject({ code: "BACKPRESSURE", phase: "send", sent: "maybe" });
  });

  it("It reports that it may have arrived if the session is closed before the second send", async () => {
    const { open, server, clock } = stage();
    const session = await open();
    const call = session.call("hold", 1, { idempotent: true });
    await clock.advance(0);
    server.last.peer.drop();
    await clock.advance(0);
    void session.close();
    expect((await call).error).toMatchObject({ code: "DISPOSED", sent: "maybe" });
  });
});

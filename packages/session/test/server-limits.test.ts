import { slidingWindow } from "@outsock/core";
import { recordingSink } from "@outsock/core/testing";
import { describe, expect, it } from "vitest";
import { stage } from "./support/stage.ts";
import { testProtocol } from "./support/test-protocol.ts";

const messages = (limit: number) => ({
  limits: { message: () => slidingWindow({ limit, windowMs: 1_000 }) },
});

describe("the limit of a server for messages", () => {
  it("counts a session's calls and notifications, all of a small limit", async () => {
    const { open } = stage(messages(5));
    const session = await open();
    const all = await Promise.all(Array.from({ length: 8 }, (_, n) => session.call("echo", n)));
    expect(all.filter(({ success }) => success)).toHaveLength(5);
    expect(all.at(-1)?.error).toMatchObject({ code: "RATE_LIMITED", sent: "no", retryAfterMs: 1_000 });
    expect((await session.notify("note")).error?.code).toBe("RATE_LIMITED");
  });

  it("of a larger one leaves a tenth to heartbeats, which count as well", async () => {
    const { open, clock } = stage(messages(20));
    const session = await open({
      protocol: { ...testProtocol, heartbeat: (id) => ({ id, method: "echo", params: "beat" }) },
      heartbeat: { intervalMs: 100, timeoutMs: 50 },
    });
    await clock.advance(350);
    const all = await Promise.all(Array.from({ length: 20 }, (_, n) => session.call("echo", n)));
    // 3 heartbeats went out, and 2 permits are kept for more of them.
    expect(all.filter(({ success }) => success)).toHaveLength(15);
  });

  it("paces what waited for a connection, and a call that waits is admitted when its permit comes", async () => {
    const statsSink = recordingSink();
    const { open, server, clock } = stage({ ...messages(2), onLimit: { wait: 10_000 }, statsSink });
    const session = await open();
    server.last.peer.drop();
    await clock.advance(1);
    const calls = Array.from({ length: 5 }, (_, n) => session.call("echo", n, { timeoutMs: 9_000 }));
    await clock.advance(6_000);
    expect((await Promise.all(calls)).map(({ error }) => error?.code)).toEqual(calls.map(() => undefined));
    expect(statsSink.of("operation-started").filter(({ operation }) => operation === "call")).toHaveLength(5);
    expect(statsSink.of("operation-called").map(({ method }) => method)).toContain("echo");
  });
});

import { describe, expect, it } from "vitest";
import { type RateLimiter, slidingWindow, unwrap, type WebSocketManager } from "../../src/index.ts";
import { countedSignal } from "../support/counted-signal.ts";
import { puppetTransport, stall } from "../support/puppet.ts";
import { scene } from "../support/scene.ts";

const url = "ws://peer.test/";

/** The same decisions, one turn later. */
function later(limiter: RateLimiter): RateLimiter {
  return {
    acquire: async (cost, options) => limiter.acquire(cost, options),
    refund: (cost, decision) => limiter.refund(cost, decision),
    usage: (options) => limiter.usage(options),
    reset: () => limiter.reset(),
  };
}

describe("disposal", () => {
  it.each(["at once", "later"])(
    "lets nobody in the line be admitted behind another, with a limiter that answers %s",
    async (when) => {
      const limiter = slidingWindow({ limit: 5, windowMs: 10_000 });
      const { manager, connect, transport } = scene({
        rateLimiter: when === "later" ? later(limiter) : limiter,
        onLimit: { wait: 20_000 },
        timeoutMs: 20_000,
      });
      await connect();
      await connect();
      const waiting = [manager.request(url, 1), manager.connect(url)];
      await manager.dispose();
      for (const { error } of await Promise.all(waiting)) expect(error?.code).toBe("DISPOSED");
      expect(transport.requests).toHaveLength(2);
      expect(manager.getStats().openConnections).toBe(0);
    },
  );

  it("refuses what was admitted in the same turn and has not begun", async () => {
    const { manager, connect, clock, transport } = scene({
      rateLimiter: slidingWindow({ limit: 2, windowMs: 1_000 }),
      onLimit: { wait: 5_000 },
    });
    const { connection } = await connect();
    const receiving = manager.receive(connection, { timeoutMs: 999 }).then(() => manager.dispose());
    const waiting = manager.connect(url);
    clock.freeze(1_500);
    await clock.advance(0);
    await receiving;
    expect((await waiting).error?.code).toBe("DISPOSED");
    expect(transport.requests).toHaveLength(1);
  });
});

describe("the line before a limiter that answers later", () => {
  it("loses nobody and keeps the order", async () => {
    const { manager, connect, clock } = scene({
      rateLimiter: later(slidingWindow({ limit: 1, windowMs: 100 })),
      onLimit: { wait: 5_000 },
    });
    const { connection, channel } = await connect();
    const sends = [1, 2, 3, 4].map((message) => manager.send(connection, message));
    for (let turn = 0; turn < 10; turn += 1) await clock.advance(50);
    for (const result of await Promise.all(sends)) unwrap(result);
    expect(channel.sent).toEqual(["1", "2", "3", "4"]);
  });

  it("leaves no listener on the signals of those who waited", async () => {
    const { manager, connect, clock } = scene({
      rateLimiter: slidingWindow({ limit: 1, windowMs: 100 }),
      onLimit: { wait: 5_000 },
    });
    const { connection } = await connect();
    const { signal, listeners } = countedSignal();
    const sends = [1, 2].map((message) => manager.send(connection, message, { signal }));
    expect(listeners()).toBe(2);
    await clock.advance(300);
    await Promise.all(sends);
    expect(listeners()).toBe(0);
  });
});

describe("an inbox that overflows before the connection is open", () => {
  it.each([
    ["under the policy close", {}, "close"],
    ["where the transport cannot pause", { pause: false }, "pause"],
  ] as const)("ends the connection %s, and grows no further", async (_, capabilities, overflow) => {
    const transport = puppetTransport(capabilities);
    const { manager } = scene({ inbox: { maxMessages: 3, overflow } }, transport);
    transport.onOpen = (channel) => {
      for (let message = 0; message < 50; message += 1) channel.deliver(message);
    };
    const { connection } = unwrap(await manager.connect(url));
    expect(transport.channel.calls).toEqual(["terminate"]);
    expect(connection.state).toBe("closed");
    const got: unknown[] = [];
    for (;;) {
      const { data, error } = await manager.receive(connection);
      if (error !== undefined) {
        expect(error.code).toBe("INBOX_OVERFLOW");
        break;
      }
      got.push(data.response);
    }
    expect(got.length).toBeLessThanOrEqual(4);
    expect(got.slice(0, 3)).toEqual([0, 1, 2]);
  });
});

describe("callbacks that call back", () => {
  it.each([true, false])("settle a request once when match aborts it and says %s", async (matches) => {
    const { manager, transport, sink } = scene();
    const { signal, abort, listeners } = countedSignal();
    const match = (): boolean => {
      abort();
      return matches;
    };
    const requested = manager.request(url, 1, { signal, match });
    await new Promise(setImmediate);
    transport.channel.deliver("answer");
    expect((await requested).error?.code).toBe("ABORTED");
    const ends = sink.events.filter(
      ({ type }) => type === "operation-failed" || type === "operation-succeeded",
    );
    expect(ends).toHaveLength(1);
    expect(listeners()).toBe(0);
  });

  it("let a sink dispose of the manager when a connection opens, with a handshake", async () => {
    const held: { manager?: WebSocketManager; disposed?: Promise<void> | undefined } = {};
    const { manager, transport } = scene({
      statsSink: {
        record(event) {
          if (event.type === "connection-opened") held.disposed = held.manager?.dispose();
        },
      },
    });
    held.manager = manager;
    await manager.connect(url);
    await held.disposed;
    expect(transport.channel.calls).toEqual(["close 1000"]);
    expect(manager.getStats().openConnections).toBe(0);
  });
});

describe("disposal that is heard while it runs", () => {
  it("refuses what a sink begins then, and disposes once", async () => {
    const held: { manager?: WebSocketManager; late: Promise<unknown>[] } = { late: [] };
    const { manager, transport } = scene({
      statsSink: {
        record(event) {
          if (event.type !== "operation-failed" || held.late.length > 0 || held.manager === undefined) return;
          held.late.push(held.manager.connect(url), held.manager.dispose());
        },
      },
    });
    held.manager = manager;
    transport.onOpen = stall;
    const connecting = manager.connect(url);
    const disposal = manager.dispose();
    expect((await connecting).error?.code).toBe("DISPOSED");
    const [late] = held.late;
    expect(await late).toMatchObject({ error: { code: "DISPOSED" } });
    expect(manager.dispose()).toBe(disposal);
    await Promise.all([disposal, ...held.late]);
    expect(transport.requests).toHaveLength(1);
  });
});

describe("a handle", () => {
  it("has what is documented and nothing that a transport calls", async () => {
    const { connection } = await scene().connect();
    for (const name of ["close", "message", "attach", "inbox", "host", "abandon", "drain", "pong"]) {
      expect(name in connection).toBe(false);
    }
    expect(Object.keys(connection)).toEqual([]);
  });

  it("is refused as a string, except by execute", async () => {
    const { manager, connect } = scene();
    const { connection } = await connect();
    // @ts-expect-error: callers without types
    expect((await manager.send(connection.id, 1)).error?.code).toBe("NO_CONNECTION");
    expect((await manager.execute("send", { connection: connection.id, message: 1 })).success).toBe(true);
  });
});

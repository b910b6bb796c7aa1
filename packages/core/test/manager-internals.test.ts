import { describe, expect, it } from "vitest";
import { slidingWindow, type WebSocketManager } from "../src/index.ts";
import { internalsOf, type MessageListener } from "../src/internal.ts";
import { entry } from "./support/entries.ts";
import { puppetTransport } from "./support/puppet.ts";
import { type Scene, scene } from "./support/scene.ts";

interface Heard extends MessageListener {
  readonly log: unknown[];
}

function listener(): Heard {
  const log: unknown[] = [];
  return {
    log,
    message: (message) => log.push(message),
    unreadable: () => log.push("unreadable"),
    pong: () => log.push("pong"),
    closed: () => log.push("closed"),
  };
}

async function linked(stage: Scene = scene()) {
  const { connection, channel } = await stage.connect();
  const internals = internalsOf(stage.manager);
  return { ...stage, connection, channel, internals, link: internals.messageStream(connection) };
}

describe("the internals of a manager", () => {
  it("is only had of what createWebSocketManager made", () => {
    const lookalike: WebSocketManager = Object.create(null);
    expect(() => internalsOf(lookalike)).toThrow(TypeError);
  });

  it("knows only its own connections", async () => {
    const { connection } = await linked();
    expect(() => internalsOf(scene().manager).messageStream(connection)).toThrow(
      "not a connection of this manager",
    );
  });

  it("begins operations that are counted like the manager's own, under their own name", async () => {
    const { internals, manager, sink } = await linked();
    const before = manager.getStats().totalOperations;
    const operation = internals.begin("call", "mine");
    const lane = internals.lane({ ready: () => true, url: undefined }, 1);
    lane.submit(entry(operation, (permit) => operation.start(permit.source)));
    operation.succeed({});
    expect(manager.getStats().totalOperations).toBe(before + 1);
    expect(sink.events.filter((event) => "operation" in event && event.operation === "call")).toEqual([
      expect.objectContaining({ type: "operation-called", correlationId: "mine", atMs: 1_000 }),
      expect.objectContaining({ type: "operation-started", correlationId: "mine", atMs: 1_000 }),
      expect.objectContaining({ type: "operation-succeeded", correlationId: "mine" }),
    ]);
  });
});

describe("a message stream", () => {
  it("delivers everything in order, starting with what arrived before it listened", async () => {
    const { link, channel } = await linked();
    const heard = listener();
    channel.deliver({ n: 1 });
    channel.deliverText("not json");
    link.listen(heard);
    channel.deliver({ n: 2 });
    channel.events.pong();
    channel.end({ code: 1000, reason: "", clean: true });
    expect(heard.log).toEqual([{ n: 1 }, "unreadable", { n: 2 }, "pong", "closed"]);
  });

  it("hears on after a listener that threw", async () => {
    const { link, channel } = await linked();
    const heard = listener();
    let throws = true;
    link.listen({
      ...heard,
      message(message) {
        if (throws) throw new Error("a listener broke its word");
        heard.message(message);
      },
    });
    expect(() => channel.deliver(1)).toThrow("broke its word");
    throws = false;
    channel.deliver(2);
    expect(heard.log).toEqual([2]);
  });

  it("reports an end that came before it listened", async () => {
    const { link, channel } = await linked();
    const heard = listener();
    channel.deliver(1);
    channel.end({ code: 1001, reason: "bye", clean: true });
    link.listen(heard);
    expect(heard.log).toEqual([1, "closed"]);
    expect(link.failure).toMatchObject({
      code: "CONNECTION_CLOSED",
      details: { closeCode: 1001, closeReason: "bye" },
    });
  });

  it("hands payloads over, or says why the socket does not take them", async () => {
    const { link, channel, internals } = await linked(scene({ maxBufferedBytes: 10 }));
    const operation = internals.begin("call", undefined);
    expect(link.trySend("12345", "c")).toBeUndefined();
    expect(channel.sent).toEqual(["12345"]);
    expect(link.trySend("12345678901", "c")).toEqual({ why: "too-big" });
    channel.bufferedAmount = 8;
    expect(link.trySend("12345", "c")).toEqual({ why: "full", bufferedAmount: 8 });
    expect(link.rejectionFailure(operation, { why: "full", bufferedAmount: 8 }).error.code).toBe(
      "BACKPRESSURE",
    );
    channel.end({ code: 1006, reason: "", clean: false });
    expect(link.trySend("1", "c")).toEqual({ why: "closed" });
  });

  it("takes a send that the transport refuses for a closing socket as closed", async () => {
    const { link, channel } = await linked();
    channel.reportsTerminate = false;
    const end = channel.events.close;
    channel.events.close = () => undefined;
    channel.end({ code: 1006, reason: "", clean: false });
    channel.events.close = end;
    expect(link.trySend("1", "c")).toEqual({ why: "closed" });
  });

  it("pauses the socket where the transport can", async () => {
    const { link, channel } = await linked();
    link.pause();
    link.resume();
    expect(channel.calls).toEqual(["pause", "resume"]);
    const deaf = puppetTransport({ pause: false });
    const other = await linked(scene({}, deaf));
    other.link.pause();
    expect(other.channel.calls).toEqual([]);
  });

  it("closes within its time, and is not refused by the limiter", async () => {
    const { link, channel, clock } = await linked(scene({ rateLimiter: slidingWindow({ limit: 1 }) }));
    channel.answersClose = false;
    const closed = link.close(500, "");
    await clock.advance(500);
    expect(await closed).toMatchObject({ code: 1006 });
    expect(channel.calls).toEqual(["close 1000", "terminate"]);
  });
});

import { describe, expect, it } from "vitest";
import { TransportError, unwrap } from "../src/index.ts";
import { countedSignal } from "./support/counted-signal.ts";
import { type PuppetChannel, stall } from "./support/puppet.ts";
import { scene } from "./support/scene.ts";

const url = "ws://peer.test/";

/** Answers every message with itself. */
function echo(channel: PuppetChannel): void {
  const send = channel.send.bind(channel);
  channel.send = (message) => {
    send(message);
    channel.deliverText(String(message));
  };
}

describe("request", () => {
  it("connects, sends, receives and closes", async () => {
    const { manager, transport, clock } = scene();
    transport.onOpen = echo;
    const data = unwrap(await manager.request(url, { ask: 1 }, { correlationId: "r" }));
    expect(data).toEqual({ response: { ask: 1 }, correlationId: "r" });
    expect(transport.channel.calls).toEqual(["close 1000"]);
    expect(clock.referencedTimers).toBe(0);
    expect(manager.getStats()).toMatchObject({
      totalOperations: 1,
      connectionsCount: 1,
      messagesSentCount: 1,
      messagesReceivedCount: 1,
      errorsCount: 0,
      openConnections: 0,
    });
  });

  it("takes the first message, or the first that matches", async () => {
    const { manager, transport } = scene();
    transport.onOpen = (channel) => {
      channel.deliver({ type: "welcome" });
      channel.deliverText("not json");
      echo(channel);
    };
    expect(unwrap(await manager.request(url, { id: 7 })).response).toEqual({ type: "welcome" });
    const match = (message: unknown): boolean => Object(message).id === 7;
    expect(unwrap(await manager.request(url, { id: 7 }, { match })).response).toEqual({ id: 7 });
  });

  it("tells of a message it could not read when none that matches comes", async () => {
    const { manager, transport, clock } = scene();
    transport.onOpen = (channel) => channel.deliverText("{");
    const requested = manager.request(url, 1, { match: () => true, timeoutMs: 100 });
    await clock.advance(100);
    expect((await requested).error).toMatchObject({
      code: "RECEIVE_TIMEOUT",
      message: expect.stringContaining("1 came that the codec could not read"),
    });
  });

  it("answers PARSE_FAILED when match throws, and closes", async () => {
    const { manager, transport } = scene();
    transport.onOpen = echo;
    const cause = new Error("bug");
    const failed = await manager.request(url, 1, {
      match: () => {
        throw cause;
      },
    });
    expect(failed.error).toMatchObject({ code: "PARSE_FAILED", cause });
    expect(transport.channel.calls).toEqual(["terminate"]);
  });

  it("answers PARSE_FAILED when match answers later, and takes its rejection", async () => {
    const { manager, transport } = scene();
    transport.onOpen = echo;
    for (const match of [async () => false, () => Promise.reject(new Error("later"))]) {
      expect((await manager.request(url, 1, { match: Object(match) })).error?.code).toBe("PARSE_FAILED");
    }
    await new Promise(setImmediate);
  });

  it("dials nobody for a message that cannot be sent", async () => {
    const { manager, transport } = scene();
    expect((await manager.request(url, undefined)).error).toMatchObject({
      code: "INVALID_MESSAGE",
      phase: "send",
      sent: "no",
    });
    expect(transport.requests).toHaveLength(0);
  });

  it("has one deadline for connecting and receiving; the error's phase names the step that used it up", async () => {
    const { manager, transport, clock } = scene();
    transport.onOpen = stall;
    const connecting = manager.request(url, 1, { timeoutMs: 1_000 });
    await clock.advance(1_000);
    expect((await connecting).error).toMatchObject({ code: "CONNECT_TIMEOUT", phase: "connect", sent: "no" });

    let open = (): void => {};
    transport.onOpen = () =>
      new Promise((resolve) => {
        open = resolve;
      });
    const receiving = manager.request(url, 1, { timeoutMs: 1_000 });
    await clock.advance(900);
    open();
    await clock.advance(99);
    expect(transport.channel.sent).toEqual(["1"]);
    await clock.advance(1);
    expect((await receiving).error).toMatchObject({
      code: "RECEIVE_TIMEOUT",
      phase: "receive",
      sent: "maybe",
    });
  });

  it.each(["timeout", "abort", "peer close", "bad answer", "too big"] as const)(
    "always closes: after %s it destroys the socket",
    async (end) => {
      const { manager, transport, clock } = scene();
      const { signal, abort, listeners } = countedSignal();
      const requested = manager.request(url, 1, { timeoutMs: 1_000, signal });
      await clock.advance(0);
      const { channel } = transport;
      if (end === "timeout") await clock.advance(1_000);
      if (end === "abort") abort();
      if (end === "peer close") channel.end({ code: 1011, reason: "", clean: true });
      if (end === "bad answer") channel.deliverText("<html>");
      if (end === "too big")
        channel.end({
          code: 1006,
          reason: "",
          clean: false,
          error: new TransportError("MESSAGE_TOO_BIG", "big"),
        });
      const { error } = await requested;
      const expected = {
        timeout: { code: "RECEIVE_TIMEOUT", sent: "maybe" },
        abort: { code: "ABORTED", sent: "maybe" },
        "peer close": { code: "CONNECTION_CLOSED", sent: "maybe", closeCode: 1011 },
        "bad answer": { code: "PARSE_FAILED", sent: "maybe" },
        "too big": { code: "MESSAGE_TOO_BIG", sent: "maybe" },
      };
      expect(error).toMatchObject({ phase: "receive", ...expected[end] });
      expect(channel.calls).not.toContain("close 1000");
      expect(manager.getStats().openConnections).toBe(0);
      expect(listeners()).toBe(0);
      expect(clock.referencedTimers).toBe(0);
    },
  );

  it("does not wait for a closing handshake beyond its own deadline", async () => {
    const { manager, transport, clock } = scene({ closeTimeoutMs: 5_000 });
    transport.onOpen = (channel) => {
      channel.answersClose = false;
    };
    const requested = manager.request(url, 1, { timeoutMs: 1_000 });
    await clock.advance(800);
    transport.channel.deliver("reply");
    await clock.advance(200);
    expect((await requested).data?.response).toBe("reply");
    expect(transport.channel.calls).toEqual(["close 1000", "terminate"]);
  });
});

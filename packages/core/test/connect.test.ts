import { describe, expect, it } from "vitest";
import { TransportError, unwrap } from "../src/index.ts";
import { countedSignal } from "./support/counted-signal.ts";
import { puppetTransport, stall } from "./support/puppet.ts";
import { scene } from "./support/scene.ts";

const url = "wss://peer.test/path?token=secret";

describe("connect", () => {
  it("hands the transport a clean request and answers a handle", async () => {
    const { manager, transport } = scene();
    const data = unwrap(
      await manager.connect("wss://us:pw@peer.test/path?token=secret", {
        headers: { "x-one": "1" },
        protocols: ["chat", "log"],
        correlationId: "mine",
      }),
    );
    expect(transport.requests[0]).toMatchObject({
      url,
      protocols: ["chat", "log"],
      headers: { "x-one": "1", authorization: `Basic ${btoa("us:pw")}` },
      maxMessageBytes: 1_048_576,
    });
    expect(data).toMatchObject({ url: "wss://peer.test/path?***", correlationId: "mine" });
    expect(data.connection).toMatchObject({ protocol: "chat", state: "open", bufferedBytes: 0 });
  });

  it("lets the caller's authorization header go before the URL's userinfo", async () => {
    const { manager, transport } = scene();
    await manager.connect("ws://us:pw@peer.test/", { headers: { Authorization: "Bearer x" } });
    expect(transport.requests[0]?.headers).toEqual({ Authorization: "Bearer x" });
  });

  it.each(["", "not a url", "http://peer.test/", "ws://peer.test/#x"])(
    "answers INVALID_URL for %o and dials nobody",
    async (bad) => {
      const { manager, transport } = scene();
      expect((await manager.connect(bad)).error).toMatchObject({
        code: "INVALID_URL",
        phase: "connect",
        sent: "no",
        retryable: false,
      });
      expect(transport.requests).toHaveLength(0);
      expect(manager.getStats().errorsCount).toBe(1);
    },
  );

  it("passes on what the transport can tell", async () => {
    const { manager, transport } = scene();
    transport.onOpen = () => {
      throw new TransportError("HANDSHAKE_REJECTED", "the peer answered 429", {
        status: 429,
        retryAfterMs: 7_000,
      });
    };
    const { error } = await manager.connect(url);
    expect(error).toMatchObject({
      code: "HANDSHAKE_REJECTED",
      status: 429,
      retryAfterMs: 7_000,
      retryable: true,
    });
    expect(JSON.stringify(error)).not.toContain("secret");
  });

  it("calls a refusal with status 401 not worth repeating", async () => {
    const { manager, transport } = scene();
    transport.onOpen = () => {
      throw new TransportError("HANDSHAKE_REJECTED", "the peer answered 401", { status: 401 });
    };
    expect((await manager.connect(url)).error?.retryable).toBe(false);
  });

  it("calls an error that is not a transport's CONNECT_FAILED and keeps it as the cause", async () => {
    const { manager, transport } = scene();
    const cause = new RangeError("odd");
    transport.onOpen = () => {
      throw cause;
    };
    expect((await manager.connect(url)).error).toMatchObject({ code: "CONNECT_FAILED", cause });
  });

  it.each([undefined, null, 7])("takes a transport that opens %o for one that failed", async (channel) => {
    const { manager, transport, clock } = scene();
    transport.open = async () => Object(channel ?? Object.create(null)).channel ?? channel;
    expect((await manager.connect(url)).error?.code).toBe("CONNECT_FAILED");
    expect(manager.getStats().openConnections).toBe(0);
    expect(clock.referencedTimers).toBe(0);
  });

  it("ends at its deadline, aborts the attempt and destroys a channel that comes too late", async () => {
    const { manager, transport, clock } = scene();
    let answer = (): void => {};
    transport.onOpen = () =>
      new Promise((resolve) => {
        answer = resolve;
      });
    const connecting = manager.connect(url, { timeoutMs: 5_000 });
    await clock.advance(5_000);
    expect((await connecting).error).toMatchObject({
      code: "CONNECT_TIMEOUT",
      phase: "connect",
      retryable: true,
    });
    expect(transport.requests[0]?.signal.aborted).toBe(true);
    answer();
    await clock.advance(0);
    expect(transport.channel.calls).toEqual(["terminate"]);
    expect(manager.getStats().openConnections).toBe(0);
  });

  it("ends at the caller's abort, before and while connecting, and not after", async () => {
    const { manager, transport } = scene();
    const early = await manager.connect(url, { signal: AbortSignal.abort() });
    expect(early.error).toMatchObject({ code: "ABORTED", phase: "admission", cause: { name: "AbortError" } });
    expect(transport.requests).toHaveLength(0);

    transport.onOpen = stall;
    const during = new AbortController();
    const connecting = manager.connect(url, { signal: during.signal });
    during.abort();
    expect((await connecting).error).toMatchObject({
      code: "ABORTED",
      phase: "connect",
      cause: during.signal.reason,
    });

    transport.onOpen = () => {};
    const after = new AbortController();
    const { connection } = unwrap(await manager.connect(url, { signal: after.signal }));
    after.abort();
    expect(connection.state).toBe("open");
  });

  it("keeps a greeting that came before the transport answered, and a close as well", async () => {
    const { manager, transport } = scene();
    transport.onOpen = (channel) => {
      channel.deliver("hello");
      channel.end({ code: 1000, reason: "bye", clean: true });
    };
    const { connection } = unwrap(await manager.connect(url));
    expect(connection.state).toBe("closed");
    expect(unwrap(await manager.receive(connection)).response).toBe("hello");
    expect((await manager.receive(connection)).error).toMatchObject({
      code: "CONNECTION_CLOSED",
      closeCode: 1000,
      closeReason: "bye",
    });
    expect(manager.getStats()).toMatchObject({ connectionsCount: 1, openConnections: 0 });
  });

  it("sends the headers and subprotocols of the moment of the call, whatever becomes of them afterwards", async () => {
    const { manager, transport } = scene();
    const headers = { authorization: "mine" };
    const protocols = ["v1"];
    const connecting = manager.connect(url, { headers, protocols });
    headers.authorization = "somebody else's";
    protocols[0] = "v2";
    await connecting;
    expect(transport.requests[0]).toMatchObject({ headers: { authorization: "mine" }, protocols: ["v1"] });
  });

  it("throws a TypeError at once for headers that the transport cannot send", () => {
    const { manager } = scene({}, puppetTransport({ headers: false }));
    expect(() => manager.connect(url, { headers: { a: "b" } })).toThrow(TypeError);
  });

  it("answers INVALID_URL for credentials in the URL that the transport cannot send", async () => {
    const { manager } = scene({}, puppetTransport({ headers: false }));
    expect((await manager.connect("ws://us:pw@peer.test/")).error?.code).toBe("INVALID_URL");
  });

  it("leaves no listener on the caller's signal", async () => {
    const { manager } = scene();
    const { signal, listeners } = countedSignal();
    const { connection } = unwrap(await manager.connect(url, { signal }));
    expect(listeners()).toBe(0);
    expect(connection.state).toBe("open");
  });
});

import type { ChannelClose, ChannelEvents, OpenRequest, Transport } from "@outsock/core";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { createMemoryNetwork, type MemoryClose, type MemoryPeer } from "../src/index.ts";

function requestFor(url: string, overrides: Partial<OpenRequest> = {}): OpenRequest {
  const signal = new AbortController().signal;
  return { url, protocols: [], headers: {}, maxMessageBytes: 1_000, signal, ...overrides };
}

function silent(changes: Partial<ChannelEvents> = {}): ChannelEvents {
  return { message() {}, pong() {}, drain() {}, close() {}, ...changes };
}

const open = (transport: Transport, url: string, events = silent()) =>
  transport.open(requestFor(url), events);

describe("a memory network", () => {
  it("is isolated: a listener of one network cannot be dialled from another", async () => {
    const [one, other] = [createMemoryNetwork(), createMemoryNetwork()];
    one.listen("ws://a.test");
    await open(one.transport(), "ws://a.test");
    await expect(open(other.transport(), "ws://a.test")).rejects.toMatchObject({ code: "CONNECT_FAILED" });
  });

  it("takes no time: messages are exchanged while the clock stands still", async () => {
    vi.useFakeTimers();
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const network = createMemoryNetwork();
    network.listen("ws://echo.test", (peer) => peer.onMessage((message) => peer.send(message)));
    const echoed = await new Promise<string>((resolve) => {
      const events = silent({ message: (message) => resolve(message.text()) });
      open(network.transport(), "ws://echo.test", events).then((channel) => channel.send("hello"));
    });
    expect(echoed).toBe("hello");
    expect(vi.getTimerCount()).toBe(0);
  });

  it("finds a listener by scheme, host and path; a listener without a path accepts every path", async () => {
    const network = createMemoryNetwork();
    const host = network.listen("ws://a.test");
    const path = network.listen("ws://a.test/special?ignored");
    for (const url of [
      "ws://a.test/special?x=1",
      "ws://a.test/",
      "ws://a.test/other",
      "ws://A.test:80/special",
    ]) {
      await open(network.transport(), url);
    }
    expect([host.connectionCount, path.connectionCount]).toEqual([2, 2]);
    for (const url of ["wss://a.test", "ws://a.test:81", "ws://b.test"]) {
      await expect(open(network.transport(), url)).rejects.toMatchObject({ code: "CONNECT_FAILED" });
    }
  });

  it("allows one listener per address, until it is closed", () => {
    const network = createMemoryNetwork();
    const first = network.listen("ws://a.test/path");
    expect(() => network.listen("ws://a.test/path?again")).toThrow(/already a listener/);
    first.close();
    network.listen("ws://a.test/path");
  });

  it("drops the connections of a closed listener, and refuses new ones", async () => {
    const network = createMemoryNetwork();
    const listener = network.listen("ws://a.test");
    const closed = new Promise<ChannelClose>((close) => {
      open(network.transport(), "ws://a.test", silent({ close })).then(() => listener.close());
    });
    expect(await closed).toMatchObject({ code: 1006, clean: false, error: { code: "CONNECTION_CLOSED" } });
    await expect(open(network.transport(), "ws://a.test")).rejects.toMatchObject({ code: "CONNECT_FAILED" });
  });
});

describe("a listener's script", () => {
  it("receives the request: URL with query, headers, subprotocols", async () => {
    const network = createMemoryNetwork();
    let seen: MemoryPeer | undefined;
    network.listen("ws://a.test", {
      protocol: "two",
      onConnection(peer) {
        seen = peer;
      },
    });
    const asked = { headers: { "X-Key": "1" }, protocols: ["one", "two"] };
    const channel = await network.transport().open(requestFor("ws://a.test/path?q=1", asked), silent());
    expect(channel.protocol).toBe("two");
    expect(seen?.url).toBe("ws://a.test/path?q=1");
    expect(seen?.headers).toEqual({ "X-Key": "1" });
    expect(seen?.protocols).toEqual(["one", "two"]);
  });

  it("can refuse with a status and a retryAfterMs", async () => {
    const network = createMemoryNetwork();
    network.listen("ws://busy.test", { reject: { status: 429, retryAfterMs: 1_500 } });
    await expect(open(network.transport(), "ws://busy.test")).rejects.toMatchObject({
      code: "HANDSHAKE_REJECTED",
      status: 429,
      retryAfterMs: 1_500,
    });
  });

  it("can stall, until the dialling side aborts or the listener closes", async () => {
    const network = createMemoryNetwork();
    const left: MemoryClose[] = [];
    const dial = (peers: (peer: MemoryPeer) => void, signal: AbortSignal) => {
      const onConnection = (peer: MemoryPeer) => {
        peer.send("never read");
        peer.onClose((close) => left.push(close));
        peers(peer);
      };
      const listener = network.listen("ws://slow.test", { stall: true, onConnection });
      const opening = network.transport().open(requestFor("ws://slow.test", { signal }), silent());
      return { listener, failed: expect(opening).rejects };
    };
    for (const [code, end] of [
      ["ABORTED", "abort"],
      ["CONNECT_FAILED", "close"],
    ] as const) {
      const controller = new AbortController();
      const peers: MemoryPeer[] = [];
      const { listener, failed } = dial((peer) => peers.push(peer), controller.signal);
      for (let turns = 0; turns < 5; turns += 1) await Promise.resolve();
      if (end === "abort") controller.abort();
      else listener.close();
      await failed.toMatchObject({ code });
      await peers[0]?.ended;
      expect(peers.length).toBe(1);
      listener.close();
    }
    expect(left).toEqual(Array(2).fill({ code: 1006, reason: "" }));
  });

  it("that throws fails the open with its error as the cause", async () => {
    const network = createMemoryNetwork();
    const cause = new Error("a mistake in the script");
    network.listen("ws://a.test", () => {
      throw cause;
    });
    await expect(open(network.transport(), "ws://a.test")).rejects.toMatchObject({
      code: "CONNECT_FAILED",
      cause,
    });
  });

  it("is notified how the dialling side closed: with a Close frame or without", async () => {
    const network = createMemoryNetwork();
    const left: MemoryClose[] = [];
    const ended: Promise<void>[] = [];
    network.listen("ws://a.test", (peer) => {
      peer.onClose((close) => left.push(close));
      ended.push(peer.ended);
    });
    (await open(network.transport(), "ws://a.test")).close(4001, "enough");
    await ended[0];
    (await open(network.transport(), "ws://a.test")).terminate();
    await ended[1];
    expect(left).toEqual([
      { code: 4001, reason: "enough" },
      { code: 1006, reason: "" },
    ]);
  });

  it("can drop the connection right after its greeting, which still arrives", async () => {
    const network = createMemoryNetwork();
    network.listen("ws://a.test", (peer) => {
      peer.send("bye");
      peer.drop();
      peer.send("too late");
    });
    const heard: string[] = [];
    const close = await new Promise<ChannelClose>((resolve) => {
      const message: ChannelEvents["message"] = (received) => heard.push(received.text());
      open(network.transport(), "ws://a.test", silent({ message, close: resolve }));
    });
    expect(heard).toEqual(["bye"]);
    expect(close.code).toBe(1006);
  });
});

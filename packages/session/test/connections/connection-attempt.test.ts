import { describe, expect, it } from "vitest";
import {
  type Attempt,
  type HandshakePeer,
  HandshakeRefused,
  openSession,
  type Protocol,
} from "../../src/index.ts";
import { type Stage, stage, url } from "../support/stage.ts";
import { testProtocol as protocol, testProtocol } from "../support/test-protocol.ts";
import { unhandledRejections } from "../support/unhandled.ts";

function withHandshake(handshake: NonNullable<Protocol["handshake"]>): Protocol {
  return { ...testProtocol, handshake };
}

/** Sends a hello and expects a welcome. */
const polite = withHandshake(async (peer) => {
  peer.send({ id: 0, method: "hello" });
  const answer = await peer.receive();
  if (JSON.stringify(answer) === '{"id":0,"result":"no"}') throw new HandshakeRefused("the server said no");
  return undefined;
});

function opening({ manager }: Stage, protocol: Protocol, options = {}) {
  return openSession(manager, { url, protocol, random: () => 1, ...options });
}

const never = (): Promise<never> => new Promise(() => undefined);

describe("url and headers", () => {
  it("The functions are called again for each attempt", async () => {
    const { open, server, clock } = stage();
    const attempts: number[] = [];
    await open({
      url: async ({ attempt }: Attempt) => {
        attempts.push(attempt);
        return `${url}/?ticket=${attempts.length}`;
      },
      headers: () => ({ authorization: `token ${attempts.length}` }),
    });
    server.last.peer.drop();
    await clock.advance(1_000);
    expect(server.connections.map(({ peer }) => [peer.url, peer.headers.authorization])).toEqual([
      [`${url}/?ticket=1`, "token 1"],
      [`${url}/?ticket=2`, "token 2"],
    ]);
    expect(attempts).toEqual([1, 2]);
  });

  it("A function that throws fails the attempt with its cause, and is called again for the next one", async () => {
    const { manager, clock } = stage();
    const cause = new Error("no ticket");
    let asked = 0;
    const opened = openSession(manager, {
      url: () => {
        asked += 1;
        if (asked < 3) throw cause;
        return url;
      },
      protocol,
      reconnect: { initial: true },
      random: () => 1,
    });
    await clock.advance(10_000);
    expect((await opened).success).toBe(true);
    const once = await openSession(manager, { url: () => Promise.reject(cause), protocol });
    expect(once.error).toMatchObject({ code: "CONNECT_FAILED", phase: "connect", cause, retryable: true });
  });

  it("A function that never settles is given up after connectTimeoutMs", async () => {
    const { manager, clock } = stage();
    const signals: AbortSignal[] = [];
    const opened = openSession(manager, {
      url: ({ signal }) => {
        signals.push(signal);
        return new Promise(() => undefined);
      },
      protocol,
      connectTimeoutMs: 400,
    });
    await clock.advance(400);
    expect((await opened).error).toMatchObject({ code: "CONNECT_TIMEOUT", phase: "connect" });
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    expect(clock.referencedTimers).toBe(0);
  });

  it("An invalid url or invalid headers end the session, and nothing is opened", async () => {
    const { manager, server } = stage();
    const bad = await openSession(manager, { url: () => "http//nonsense", protocol });
    expect(bad.error).toMatchObject({ code: "INVALID_URL", retryable: false });
    const headers = await openSession(manager, { url, headers: () => ({ "bad name": "x" }), protocol });
    expect(headers.error).toMatchObject({ code: "CONNECT_FAILED", retryable: false });
    expect(server.connectionCount).toBe(0);
  });
});

describe("the handshake", () => {
  it("The handshake completes before any call is sent", async () => {
    const staged = stage();
    const { server, clock } = staged;
    const opened = opening(staged, polite);
    await clock.advance(0);
    expect(server.last.received).toMatchObject([{ method: "hello" }]);
    server.last.send({ id: 0, result: "welcome" });
    const { session } = (await opened).data ?? {};
    expect((await session?.call("echo", 1))?.data?.response).toBe(1);
    expect(clock.referencedTimers).toBe(0);
  });

  it("The handshake has its own deadline and leaves no socket open", async () => {
    const staged = stage();
    const opened = opening(staged, polite, { handshakeTimeoutMs: 300 });
    await staged.clock.advance(300);
    expect((await opened).error).toMatchObject({ code: "CONNECT_TIMEOUT", phase: "connect", sent: "no" });
    expect(staged.server.open).toEqual([]);
  });

  it("A protocol that still waits for a message is rejected when the handshake ends", async () => {
    const staged = stage();
    const codes: unknown[] = [];
    const protocol = withHandshake(async (peer) => {
      await peer.receive().catch((error) => codes.push(error.code));
      return undefined;
    });
    const opened = opening(staged, protocol, { handshakeTimeoutMs: 300 });
    await staged.clock.advance(300);
    expect((await opened).error?.code).toBe("CONNECT_TIMEOUT");
    expect(codes).toEqual(["ABORTED"]);
  });

  it("A HandshakeRefused of another copy of this package is recognized", async () => {
    const staged = stage();
    const brand = Symbol.for("@outsock/session/HandshakeRefused");
    const foreign = Object.assign(new Error("no"), { refusal: {} });
    Object.defineProperty(foreign, brand, { value: true });
    const { error } = await opening(
      staged,
      withHandshake(() => Promise.reject(foreign)),
    );
    expect(error).toMatchObject({ code: "AUTH_FAILED", retryable: false });
  });

  it("The handshake receives messages that arrived together with the WebSocket upgrade", async () => {
    const staged = stage();
    const { network, manager } = staged;
    network.listen("ws://greeting.example", (peer) => peer.send('"welcome"'));
    const heard: unknown[] = [];
    const protocol = withHandshake(async (peer) => {
      heard.push(await peer.receive());
      return undefined;
    });
    const opened = await openSession(manager, { url: "ws://greeting.example", protocol });
    expect(opened.success).toBe(true);
    expect(heard).toEqual(["welcome"]);
  });

  it("Messages that the handshake did not read go to the session", async () => {
    const staged = stage();
    staged.network.listen("ws://busy.example", (peer) => {
      peer.send('"welcome"');
      peer.send('{"topic":"early","data":1}');
    });
    const protocol = withHandshake(async (peer) => void (await peer.receive()));
    const opened = await openSession(staged.manager, { url: "ws://busy.example", protocol });
    expect(opened.data?.session.getStats().eventsCount).toBe(1);
  });

  it("A refused handshake ends the session for good", async () => {
    const staged = stage();
    staged.server.answers.hello = () => ({ result: "no" });
    const { error } = await opening(staged, polite, { reconnect: { initial: true } });
    expect(error).toMatchObject({ code: "AUTH_FAILED", message: "the server said no", retryable: false });
    expect(staged.server.connectionCount).toBe(1);
    expect(staged.server.open).toEqual([]);
  });

  it("A handshake that is refused as retryable is retried after retryAfterMs", async () => {
    const staged = stage();
    const { server, clock } = staged;
    let refusals = 1;
    const protocol = withHandshake(async () => {
      refusals -= 1;
      const refusal = { code: "CONNECT_FAILED", retryable: true, retryAfterMs: 5_000 } as const;
      if (refusals >= 0) throw new HandshakeRefused("not yet", refusal);
      return undefined;
    });
    const opened = opening(staged, protocol, { reconnect: { initial: true } });
    await clock.advance(4_999);
    expect(server.connectionCount).toBe(1);
    await clock.advance(1);
    expect((await opened).success).toBe(true);
  });

  it.each([Number.NaN, -1, Number.POSITIVE_INFINITY])(
    "A retryAfterMs of %d neither removes the pause nor makes it endless",
    async (retryAfterMs) => {
      const staged = stage();
      const { server, clock } = staged;
      const protocol = withHandshake(async () => {
        throw new HandshakeRefused("not yet", { retryable: true, retryAfterMs });
      });
      void opening(staged, protocol, { reconnect: { initial: true, baseDelayMs: 1_000 } });
      await clock.advance(999);
      expect(server.connectionCount).toBe(1);
      await clock.advance(3_600_000);
      expect(server.connectionCount).toBeGreaterThan(1);
    },
  );

  it("A handshake that throws fails with its cause", async () => {
    const staged = stage();
    const cause = new Error("no token to be had");
    const { error } = await opening(
      staged,
      withHandshake(() => Promise.reject(cause)),
    );
    expect(error).toMatchObject({ code: "PROTOCOL_ERROR", cause, retryable: true });
  });

  it("A connection that ends during the handshake fails with its close code", async () => {
    const staged = stage();
    const { server, clock } = staged;
    const opened = opening(staged, polite);
    await clock.advance(0);
    server.last.peer.close(4003, "go");
    expect((await opened).error).toMatchObject({
      code: "CONNECTION_CLOSED",
      phase: "connect",
      closeCode: 4003,
    });
  });

  it("A fatal close code during the handshake is not retried", async () => {
    const staged = stage();
    const opened = opening(staged, polite, { reconnect: { initial: true } });
    await staged.clock.advance(0);
    staged.server.last.peer.close(4001);
    expect((await opened).error).toMatchObject({ closeCode: 4001 });
    expect(staged.server.connectionCount).toBe(1);
  });

  it("Without a handshake, a connection that ends before it serves still fails", async () => {
    const staged = stage();
    staged.network.listen("ws://rude.example", (peer) => peer.close(1013));
    const opened = await openSession(staged.manager, { url: "ws://rude.example", protocol: testProtocol });
    if (opened.success) {
      await staged.clock.advance(0);
      expect(opened.data.session.state).toBe("waiting");
    } else {
      expect(opened.error).toMatchObject({ closeCode: 1013 });
    }
  });

  it("The handshake cannot send on a connection that has ended", async () => {
    const staged = stage();
    const protocol = withHandshake(async (peer: HandshakePeer) => {
      staged.server.last.peer.drop();
      await peer.receive().catch(() => undefined);
      peer.send("too late");
      return undefined;
    });
    expect((await opening(staged, protocol)).success).toBe(false);
  });
});

describe("the resume state", () => {
  it("The next handshake receives the resume state, and a resumed session reports no gap", async () => {
    const staged = stage();
    const { server, clock } = staged;
    const resumes: unknown[] = [];
    const protocol = withHandshake(async (peer) => {
      resumes.push(peer.resume);
      return peer.resume === undefined ? { resume: "first" } : { resumed: true };
    });
    const { session } = (await opening(staged, protocol)).data ?? {};
    const gaps: unknown[] = [];
    session?.on("gap", (gap) => gaps.push(gap));
    expect(session?.resume).toBe("first");
    server.last.send({ topic: "t", data: 1, resume: "second" });
    await clock.advance(0);
    server.last.peer.drop();
    await clock.advance(1_000);
    expect(resumes).toEqual([undefined, "second"]);
    expect(session?.state).toBe("ready");
    expect(gaps).toEqual([]);
  });

  it("A resume state of an earlier session can be passed to a new one", async () => {
    const staged = stage();
    const resumes: unknown[] = [];
    const protocol = withHandshake(async (peer) => void resumes.push(peer.resume));
    await opening(staged, protocol, { resume: { at: 7 } });
    expect(resumes).toEqual([{ at: 7 }]);
  });
});

describe("a handshake that ends while its protocol still waits", () => {
  it("Receives that the protocol ignores cause no unhandled rejection", async () => {
    const { open, server, clock } = stage();
    const unhandled = unhandledRejections();
    const opening = open({
      protocol: {
        ...testProtocol,
        handshake(peer) {
          void peer.receive();
          void peer.receive();
          return never();
        },
      },
    });
    const failure = expect(opening).rejects.toMatchObject({ code: "CONNECTION_CLOSED" });
    await clock.advance(0);
    server.last.peer.drop();
    await failure;
    expect(await unhandled()).toEqual([]);
  });

  it("Every pending and later receive is rejected", async () => {
    const { open, server, clock } = stage();
    const codes: unknown[] = [];
    const wait = async (receive: () => Promise<unknown>): Promise<void> => {
      await receive().catch(({ code }) => codes.push(code));
    };
    const opening = open({
      protocol: {
        ...testProtocol,
        async handshake(peer) {
          await Promise.all([wait(() => peer.receive()), wait(() => peer.receive())]);
          await wait(() => peer.receive());
          return undefined;
        },
      },
    });
    const failure = expect(opening).rejects.toMatchObject({ code: "CONNECTION_CLOSED" });
    await clock.advance(0);
    server.last.peer.drop();
    await failure;
    await clock.advance(0);
    expect(codes).toEqual(["CONNECTION_CLOSED", "CONNECTION_CLOSED", "CONNECTION_CLOSED"]);
  });

  it("A handshake that throws after its deadline causes no unhandled rejection", async () => {
    const { open, clock } = stage();
    const unhandled = unhandledRejections();
    const opening = open({
      handshakeTimeoutMs: 100,
      protocol: {
        ...testProtocol,
        async handshake(peer) {
          await new Promise<void>((resolve) => clock.schedule(200, resolve));
          peer.send({ method: "too late" });
          return undefined;
        },
      },
    });
    const failure = expect(opening).rejects.toMatchObject({ code: "CONNECT_TIMEOUT" });
    await clock.advance(300);
    await failure;
    expect(await unhandled()).toEqual([]);
  });
});

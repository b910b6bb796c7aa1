import { describe, expect, it, onTestFinished } from "vitest";
import { openSession } from "../src/index.ts";
import { stage, url } from "./support/stage.ts";
import { testProtocol } from "./support/test-protocol.ts";

const never = (): Promise<never> => new Promise(() => undefined);

describe("opening a session", () => {
  it("ends at once where the function url itself aborts it", async () => {
    const { manager, clock } = stage();
    const controller = new AbortController();
    const { signal } = controller;
    const hanging = (): Promise<never> => {
      controller.abort();
      return never();
    };
    const opening = openSession(manager, { url: hanging, protocol: testProtocol, signal });
    await clock.advance(0);
    expect(clock.referencedTimers).toBe(0);
    expect((await opening).error?.code).toBe("ABORTED");
  });

  it("with a manager that was disposed of fails, whatever the caller would try again", async () => {
    const { manager, clock } = stage();
    await manager.dispose();
    const reconnect = { initial: true, retry: () => true };
    const opening = openSession(manager, { url, protocol: testProtocol, reconnect });
    await clock.advance(0);
    expect(clock.referencedTimers).toBe(0);
    expect((await opening).error?.code).toBe("DISPOSED");
  });

  it("takes no longer than its time for the address and the connection together", async () => {
    const { manager, network, clock } = stage();
    network.listen("ws://slow.example", { stall: true });
    const slow = (): Promise<string> =>
      new Promise((resolve) => clock.schedule(300, () => resolve("ws://slow.example")));
    const opening = openSession(manager, { url: slow, protocol: testProtocol, connectTimeoutMs: 500 });
    await clock.advance(500);
    expect((await opening).error).toMatchObject({ code: "CONNECT_TIMEOUT", sent: "no" });
    expect(clock.now()).toBe(500);
  });

  it("leaves the signal alone once it is over, however it ended", async () => {
    const { manager, clock, open } = stage();
    const controller = new AbortController();
    const session = await open({ signal: controller.signal });
    const failing = openSession(manager, {
      url: "ws://nobody.example",
      protocol: testProtocol,
      signal: controller.signal,
    });
    expect((await failing).error?.code).toBe("CONNECT_FAILED");
    controller.abort();
    await clock.advance(0);
    expect(session.state).toBe("ready");
  });
});

describe("a handshake that is over before its protocol has noticed", () => {
  const rejections = (): unknown[] => {
    const seen: unknown[] = [];
    const see = (reason: unknown): void => {
      seen.push(reason);
    };
    process.on("unhandledRejection", see);
    onTestFinished(() => {
      process.off("unhandledRejection", see);
    });
    return seen;
  };
  const macrotask = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  it("leaves no rejection unhandled that the protocol does not listen to", async () => {
    const { open, server, clock } = stage();
    const unhandled = rejections();
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
    await macrotask();
    expect(unhandled).toEqual([]);
  });

  it("is told so wherever it waits, and whenever it waits again", async () => {
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

  it("leaves none of one that goes on after its time and breaks then", async () => {
    const { open, clock } = stage();
    const unhandled = rejections();
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
    await macrotask();
    expect(unhandled).toEqual([]);
  });
});

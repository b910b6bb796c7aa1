import { inspect } from "node:util";
import { createWebSocketManager, type OpenRequest, type Transport, TransportError } from "@outsock/core";
import { createMemoryNetwork } from "@outsock/transport-memory";
import { nativeTransport } from "@outsock/transport-native";
import { undiciTransport } from "@outsock/transport-undici";
import { wsTransport } from "@outsock/transport-ws";
import { describe, expect, it, onTestFinished } from "vitest";
import { guarded } from "../src/index.ts";
import { failure, requestFor, silent, spyTransport, startPeer } from "./support/guard-fixture.ts";

const allowedBy = (request: OpenRequest | undefined) => request?.allowAddress;

describe("a guard", () => {
  it("has the capabilities of its transport, under its own name", () => {
    const spy = spyTransport();
    const { capabilities } = guarded(spy);
    expect(capabilities).toEqual({ ...spy.capabilities, name: "guarded(spy)" });
    expect(guarded(guarded(spy)).capabilities.name).toBe("guarded(guarded(spy))");
  });

  it("returns the transport's channel, and passes on the rest of the request and the events", async () => {
    const network = createMemoryNetwork();
    network.listen("ws://a.test");
    const channel = await network.transport().open(requestFor("ws://a.test"), silent);
    const seen: unknown[] = [];
    const inner: Transport = {
      capabilities: { ...network.transport().capabilities, network: true, addressCheck: true },
      open: async (...given) => {
        seen.push(...given);
        return channel;
      },
    };
    const request = requestFor("ws://a.test/path?query", { headers: { a: "1" }, protocols: ["p"] });
    expect(await guarded(inner).open(request, silent)).toBe(channel);
    expect(seen).toEqual([{ ...request, allowAddress: expect.any(Function) }, silent]);
    expect(seen[1]).toBe(silent);
  });

  it("checks only the URL if there is no network, and passes no allowAddress", async () => {
    const spy = spyTransport({ network: false, addressCheck: false });
    const request = requestFor("ws://a.test");
    await guarded(spy, { allow: ["a.test"] }).open(request, silent);
    expect(spy.requests).toEqual([request]);
    expect(await failure(guarded(spy, { allow: [] }), "ws://a.test")).toMatchObject({
      code: "URL_FORBIDDEN",
    });
    expect(await failure(guarded(spy), "ws://127.0.0.1")).toMatchObject({ code: "URL_FORBIDDEN" });
    expect(spy.requests.length).toBe(1);
  });

  it("passes on every other failure", async () => {
    for (const error of [new TransportError("CONNECT_FAILED", "refused"), new Error("bug"), "thrown"]) {
      const inner: Transport = { ...spyTransport(), open: () => Promise.reject(error) };
      expect(await failure(guarded(inner), "ws://a.test")).toBe(error);
    }
  });

  it("rejects, and does not throw, even if its transport throws", async () => {
    const error = new Error("thrown at once");
    const inner: Transport = {
      ...spyTransport(),
      open() {
        throw error;
      },
    };
    expect(await failure(guarded(inner), "ws://a.test")).toBe(error);
  });

  it("does not follow a redirect to a forbidden URL", async () => {
    for (const createTransport of [wsTransport, undiciTransport]) {
      const target = await startPeer();
      const headers = { Location: target.url.replace("ws:", "http:") };
      const peer = await startPeer({ handshake: { type: "reject", status: 302, headers } });
      const options = { allow: [`127.0.0.1:${peer.port}`], allowPrivate: true };
      const manager = createWebSocketManager({ transport: guarded(createTransport(), options) });
      onTestFinished(() => manager.dispose());
      const { error } = await manager.connect(peer.url);
      expect([error?.code, error?.status]).toEqual(["HANDSHAKE_REJECTED", 302]);
      expect([peer.connectionCount, target.connectionCount]).toEqual([1, 0]);
    }
  });
});

describe("the allowAddress function", () => {
  it("is the same for each open of a guard, and different for another guard", async () => {
    const spy = spyTransport();
    const [one, other] = [guarded(spy), guarded(spy)];
    for (const guard of [one, one, other])
      await guard.open(requestFor("ws://a.test"), silent).catch(() => {});
    const [first, second, third] = spy.requests.map(allowedBy);
    expect(first).toBeTypeOf("function");
    expect(second).toBe(first);
    expect(third).not.toBe(first);
  });

  it("is the same for the same allowAddress of a request, and asks both", async () => {
    const spy = spyTransport();
    const guard = guarded(spy, { allowAddresses: ["10.0.0.0/8"] });
    const asked: string[] = [];
    const theirs = (address: string): boolean => asked.push(address) > 0 && address !== "10.0.0.2";
    for (const allowAddress of [theirs, theirs, () => true])
      await guard.open(requestFor("ws://a.test", { allowAddress }), silent).catch(() => {});
    const [first, second, third] = spy.requests.map(allowedBy);
    expect(second).toBe(first);
    expect(third).not.toBe(first);
    expect(["10.0.0.1", "10.0.0.2", "127.0.0.1"].map((address) => first?.(address))).toEqual([
      true,
      false,
      false,
    ]);
    expect(asked).toEqual(["10.0.0.1", "10.0.0.2"]);
  });

  it("of nested guards allows what both allow, and is the same for each open", async () => {
    const spy = spyTransport();
    const inner = guarded(spy, { allowAddresses: ["10.0.0.0/8", "127.0.0.1"], deny: ["b.test"] });
    const outer = guarded(inner, {
      allowAddresses: ["10.0.0.1", "10.0.0.2", "192.168.0.1"],
      deny: ["c.test"],
    });
    for (const url of ["ws://a.test", "ws://a.test"])
      await outer.open(requestFor(url), silent).catch(() => {});
    const [first, second] = spy.requests.map(allowedBy);
    expect(second).toBe(first);
    const judged = ["10.0.0.1", "10.0.0.3", "127.0.0.1", "192.168.0.1", "8.8.8.8"].map((one) => first?.(one));
    expect(judged).toEqual([true, false, false, false, true]);
    for (const url of ["ws://b.test", "ws://c.test", "ws://10.0.0.3", "ws://192.168.0.1"])
      expect(await failure(outer, url)).toMatchObject({ code: "URL_FORBIDDEN" });
    expect(spy.requests.length).toBe(2);
  });

  it("of nested guards is called by a real transport", async () => {
    const peer = await startPeer();
    const both = (inner: boolean, outer: boolean) =>
      guarded(guarded(wsTransport(), { allowPrivate: inner }), { allowPrivate: outer });
    const url = `ws://localhost:${peer.port}`;
    expect(await failure(both(true, false), url)).toMatchObject({ code: "URL_FORBIDDEN" });
    expect(await failure(both(false, true), url)).toMatchObject({ code: "URL_FORBIDDEN" });
    expect(peer.connectionCount).toBe(0);
    const channel = await both(true, true).open(requestFor(url), silent);
    onTestFinished(() => channel.terminate());
    expect(peer.connectionCount).toBe(1);
  });
});

describe("a transport that cannot check addresses", () => {
  it("opens nothing, and the error says why", async () => {
    const peer = await startPeer();
    const everything = { allowPrivate: true, allowAddresses: ["0.0.0.0/0", "::/0"], allow: ["*"] };
    const guard = guarded(nativeTransport(), everything);
    for (const url of [peer.url, "ws://example.com"]) {
      const error = await failure(guard, url);
      expect(error).toMatchObject({ code: "URL_FORBIDDEN" });
      expect(String(error)).toMatch(/cannot check the address that it dials.*ws or the undici transport/);
    }
    expect(peer.connectionCount).toBe(0);
  });

  it("opens nothing inside another guard either", async () => {
    const error = await failure(guarded(guarded(nativeTransport())), "ws://example.com");
    expect(String(error)).toMatch(/cannot check the address that it dials/);
  });
});

describe("the error of a refusal", () => {
  const cause = new Error("10.1.2.3 behind secret.example is private");
  const talkative: Transport = {
    ...spyTransport(),
    open: () =>
      Promise.reject(new TransportError("URL_FORBIDDEN", "10.1.2.3 is not allowed", { cause, status: 5 })),
  };

  it("is the same for every reason, and contains no part of the URL or address", async () => {
    const peer = await startPeer();
    const errors = [
      await failure(guarded(spyTransport(), { deny: ["secret.example"] }), "ws://secret.example"),
      await failure(guarded(spyTransport(), { allow: [] }), "ws://secret.example"),
      await failure(guarded(spyTransport()), "ws://127.0.0.1"),
      await failure(guarded(spyTransport()), "ws://[::1]"),
      await failure(guarded(spyTransport()), "ws://169.254.169.254"),
      await failure(guarded(spyTransport()), "nonsense"),
      await failure(guarded(wsTransport()), `ws://localhost:${peer.port}`),
      await failure(guarded(undiciTransport()), `ws://localhost:${peer.port}`),
      await failure(guarded(talkative), "ws://secret.example"),
    ];
    const [first] = errors;
    for (const error of errors) {
      expect(TransportError.is(error)).toBe(true);
      expect(String(error)).toBe(String(first));
      expect(Object.entries(Object(error))).toEqual(Object.entries(Object(first)));
      expect(error).toMatchObject({ code: "URL_FORBIDDEN" });
      expect(error).not.toHaveProperty("cause");
      // The stack holds the paths and lines of these files, which are no secret.
      const shown = inspect(Object.assign(Object(error), { stack: String(error) }), {
        depth: 9,
        showHidden: true,
      });
      expect(shown).not.toMatch(/secret\.example|localhost|127\.|::1|169\.|10\.1|nonsense/);
    }
  });

  it("names the options that decide", async () => {
    const error = await failure(guarded(spyTransport()), "ws://127.0.0.1");
    expect(String(error)).toMatch(/allow, deny, allowPrivate and allowAddresses/);
  });

  it("reaches the manager as URL_FORBIDDEN without a cause, and is not retryable", async () => {
    const manager = createWebSocketManager({ transport: guarded(talkative) });
    onTestFinished(() => manager.dispose());
    const { error } = await manager.connect("ws://secret.example/path");
    expect(error).toMatchObject({ code: "URL_FORBIDDEN", retryable: false, sent: "no" });
    expect(error?.cause).toBe(undefined);
    expect(inspect(error, { depth: 9 })).not.toMatch(/10\.1/);
  });
});

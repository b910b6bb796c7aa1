import { getEventListeners } from "node:events";
import { TransportError } from "@outsock/core";
import { describe, expect, it } from "vitest";
import { wsTransport } from "../src/index.ts";
import { connect, failure, listen, requestFor, startPeer } from "./support/connect.ts";

describe("opening over ws", () => {
  it("refuses headers and subprotocols that would break the request, before anything is sent", async () => {
    const peer = await startPeer();
    const injected = await failure(peer.url, { headers: { "X-Key": "a\r\nX-Other: b" } });
    expect(injected).toMatchObject({ code: "PROTOCOL_ERROR" });
    expect(await failure(peer.url, { protocols: ["a b"] })).toMatchObject({ code: "PROTOCOL_ERROR" });
    expect(peer.connectionCount).toBe(0);
  });

  it("keeps what the peer answered out of the error and its cause", async () => {
    const peer = await startPeer({ handshake: { type: "raw", text: "SECRET is no HTTP\r\n\r\n" } });
    const error = await failure(peer.url);
    expect(error).toMatchObject({ code: "PROTOCOL_ERROR" });
    expect(error instanceof Error && error.cause).toBeUndefined();
  });

  it("gives the system's error as the cause of a failed connection", async () => {
    const peer = await startPeer();
    const error = await failure(await peer.unusedUrl());
    expect(error).toMatchObject({ code: "CONNECT_FAILED", cause: { code: "ECONNREFUSED" } });
    expect(TransportError.is(error)).toBe(true);
  });

  it("leaves no listener on the signal, however opening ended", async () => {
    const { signal } = new AbortController();
    await connect({}, {}, { signal });
    const rejecting = await startPeer({ handshake: { type: "reject", status: 401 } });
    await failure(rejecting.url, { signal });
    await failure(await rejecting.unusedUrl(), { signal });
    await failure(rejecting.url, { signal, headers: { "X-Key": "\r\n" } });
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });

  it("takes any limit on messages, also none", async () => {
    for (const maxMessageBytes of [Number.POSITIVE_INFINITY, Number.MAX_SAFE_INTEGER, 2 ** 31]) {
      const { heard, remote } = await connect({}, {}, { maxMessageBytes });
      remote.send("x".repeat(100_000));
      await heard.message;
      expect(heard.messages[0]?.length).toBe(100_000);
    }
  });

  it("can be aborted at every step of the way", async () => {
    const peer = await startPeer({ tls: "trusted", handshake: { type: "stall" } });
    for (const whenToAbort of [() => Promise.resolve(), () => peer.nextConnection()]) {
      const controller = new AbortController();
      const transport = wsTransport({ tls: { ca: peer.ca ?? "" } });
      const opening = transport.open(requestFor(peer.url, { signal: controller.signal }), listen().events);
      const failed = expect(opening).rejects.toMatchObject({ code: "ABORTED" });
      await whenToAbort();
      controller.abort();
      await failed;
    }
  });
});

describe("the address check over ws", () => {
  it("passes IPv6 literals without their brackets", async () => {
    const checked: string[] = [];
    const error = await failure("ws://[::1]:9/", {
      allowAddress(address) {
        checked.push(address);
        return false;
      },
    });
    expect(error).toMatchObject({ code: "URL_FORBIDDEN" });
    expect(checked).toEqual(["::1"]);
  });

  it("forbids where the check itself throws, for literals and names", async () => {
    const peer = await startPeer();
    const allowAddress = () => {
      throw new Error("broken check");
    };
    expect(await failure(peer.url, { allowAddress })).toMatchObject({ code: "URL_FORBIDDEN" });
    const byName = peer.url.replace("127.0.0.1", "localhost");
    expect(await failure(byName, { allowAddress })).toMatchObject({ code: "URL_FORBIDDEN" });
    expect(peer.connectionCount).toBe(0);
  });
});

import { testCa } from "@outsock/transport-contract/node-peer";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { WsMessage } from "../src/ws-channel.ts";
import { connect } from "./support/connect.ts";

describe("a channel over ws", () => {
  it("does not wait for a peer that closes and keeps its TCP side open", async () => {
    const { heard, remote } = await connect({ lingers: true });
    remote.close(1012, "restart");
    expect(await heard.closed).toEqual({ code: 1012, reason: "restart", clean: true });
    await remote.ended;
  });

  it("does not wait for a peer that breaks the protocol and keeps its TCP side open", async () => {
    const { heard, remote } = await connect({ lingers: true, answersClose: false });
    remote.wire?.raw(Uint8Array.of(0xff));
    remote.wire?.raw(Uint8Array.of(0xff));
    expect(await heard.closed).toMatchObject({ code: 1006, clean: false, error: { code: "PROTOCOL_ERROR" } });
    await remote.ended;
  });

  it("waits for the answer to its Close without a limit of its own", async () => {
    const { channel, heard, remote } = await connect({ answersClose: false });
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => {
      vi.useRealTimers();
    });
    channel.close(1000);
    vi.advanceTimersByTime(24 * 60 * 60 * 1000);
    await remote.nextFrame();
    remote.close(1000);
    expect(await heard.closed).toMatchObject({ code: 1000, clean: true });
    expect(vi.getTimerCount()).toBe(0);
  });

  it("closes with CONNECTION_CLOSED when it is terminated", async () => {
    const { channel, heard } = await connect();
    channel.terminate();
    expect(await heard.closed).toMatchObject({ code: 1006, error: { code: "CONNECTION_CLOSED" } });
  });

  it("throws on a close code that must not be sent, and stays open", async () => {
    const { channel, heard, remote } = await connect();
    expect(() => channel.close(1005)).toThrow(TypeError);
    remote.send("still open");
    await heard.message;
    expect(heard.messages).toEqual(["still open"]);
  });

  it("reports drain for a few bytes as for many", async () => {
    const { channel, heard } = await connect({ tls: "trusted" }, { tls: { ca: testCa } });
    channel.send("a few bytes");
    expect(channel.bufferedAmount).toBeGreaterThan(0);
    await heard.drained;
    expect(channel.bufferedAmount).toBe(0);
  });

  it("delivers nothing that arrives after terminate", async () => {
    const { channel, heard, remote } = await connect();
    channel.pause();
    remote.send("unread");
    remote.ping(new Uint8Array());
    channel.terminate();
    await heard.closed;
    expect(heard.messages).toEqual([]);
  });
});

describe("a message of ws", () => {
  it("gives its bytes in a buffer that holds nothing else", () => {
    const read = Buffer.from("another message's text and mine");
    const bytes = new WsMessage(read.subarray(-4), false).bytes();
    expect([bytes.byteOffset, bytes.buffer.byteLength]).toEqual([0, 4]);
    expect(Buffer.from(bytes).toString()).toBe("mine");
  });

  it("copies nothing that has a buffer of its own", () => {
    const { buffer } = new Uint8Array(100_000);
    expect(new WsMessage(Buffer.from(buffer), false).bytes().buffer).toBe(buffer);
  });
});

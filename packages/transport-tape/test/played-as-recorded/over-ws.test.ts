import type { Transport } from "@outsock/core";
import { startNodePeer } from "@outsock/transport-contract/node-peer";
import { wsTransport } from "@outsock/transport-ws";
import { describe, expect, it } from "vitest";
import { recorded, replayed } from "../../src/index.ts";
import { linesOf, newTape } from "../support/tapes.ts";
import { expectNothingUnhandled } from "../support/unhandled.ts";
import { openUser, type User } from "../support/user.ts";

expectNothingUnhandled();

describe("a conversation over ws", () => {
  it("is replayed without a network", async () => {
    const tape = newTape();
    const greeting = ["welcome", Uint8Array.from([0, 255])];
    const peer = await startNodePeer({ greeting, handshake: { type: "accept", protocol: "v1" } });
    const recording = recorded(wsTransport(), tape);
    const told = (user: User, count: number): Promise<void> =>
      new Promise((resolve) => {
        const look = (): void => void (user.events.length >= count ? resolve() : setImmediate(look));
        look();
      });
    const dialled = {
      url: `${peer.url}/feed?token=very-secret`,
      protocols: ["v1"],
      headers: { "X-Api-Key": "my-own-key" },
    };
    const talk = async (transport: Transport, answer: () => Promise<void>): Promise<User> => {
      const user = await openUser(transport, dialled);
      await told(user, 2);
      user.channel.send("question");
      await answer();
      await told(user, 3);
      user.channel.close(4000, "thanks");
      await told(user, 4);
      return user;
    };
    const first = await talk(recording, async () => {
      const remote = await peer.nextConnection();
      await remote.nextFrame();
      remote.send("answer");
    });
    await recording.dispose();
    await peer.close();
    const replay = replayed(tape);
    const second = await talk(replay, async () => {});
    expect(second.events).toEqual(["message", "message", "message", "close"]);
    expect(second.messages).toEqual(["welcome", Uint8Array.from([0, 255]), "answer"]);
    expect(second.closes).toEqual(first.closes);
    expect(second.channel.protocol).toBe("v1");
    replay.verify();
    expect(JSON.stringify(linesOf(tape))).not.toMatch(/very-secret|my-own-key/);
  });

  it("that failed fails again without a network", async () => {
    const tape = newTape();
    const headers = { "Retry-After": "7" };
    const peer = await startNodePeer({ handshake: { type: "reject", status: 429, headers } });
    const recording = recorded(wsTransport(), tape);
    const failure = { code: "HANDSHAKE_REJECTED", status: 429, retryAfterMs: 7_000 };
    await expect(openUser(recording, { url: `${peer.url}/` })).rejects.toMatchObject(failure);
    const unused = await peer.unusedUrl();
    await expect(openUser(recording, { url: unused })).rejects.toMatchObject({ code: "CONNECT_FAILED" });
    await recording.dispose();
    await peer.close();
    const replay = replayed(tape);
    await expect(openUser(replay, { url: `${peer.url}/` })).rejects.toMatchObject(failure);
    await expect(openUser(replay, { url: unused })).rejects.toMatchObject({ code: "CONNECT_FAILED" });
    replay.verify();
  });
});

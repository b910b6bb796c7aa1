import type { Peer, PeerConnection } from "@outsock/transport-contract";
import { startNodePeer } from "@outsock/transport-contract/node-peer";
import { describe, expect, it, onTestFinished } from "vitest";
import { startChild, untilStopped } from "../support/child.ts";
import { echo } from "../support/echo.ts";
import { venues } from "../support/venues.ts";

async function echoingPeer(): Promise<Peer> {
  const peer = await startNodePeer();
  onTestFinished(() => peer.close());
  void echo(peer);
  return peer;
}

const warm = { result: true, openedCount: 1, reusedCount: 1, idleCount: 1 };
const onNetworks = venues.filter(({ capabilities }) => capabilities.network);

describe.each(onNetworks)("a pool over $name", ({ name }) => {
  it("does not keep the process alive for idle connections", async () => {
    const peer = await echoingPeer();
    const child = startChild("keep-warm.ts", name, peer.url);
    expect(await child.next()).toMatchObject({ result: true, openedCount: 1, idleCount: 1 });
    expect(await child.next()).toEqual(warm);
    expect(await child.exited).toBe(0);
    expect(peer.connectionCount).toBe(1);
  });

  it.skipIf(process.platform !== "linux")(
    "answers the first request after a freeze during which the peer closed",
    async () => {
      const peer = await startNodePeer();
      onTestFinished(() => peer.close());
      const remotes: PeerConnection[] = [];
      const child = startChild("keep-warm.ts", name, peer.url, "1");
      void echo(peer, (remote) => remotes.push(remote));
      await child.next();
      await child.next();
      child.process.kill("SIGSTOP");
      await untilStopped(child.process.pid ?? 0);
      for (const remote of remotes) remote.drop();
      const before = peer.connectionCount;
      child.writeLine("thawed");
      child.process.kill("SIGCONT");
      expect(await child.next()).toMatchObject({ result: true, openedCount: before + 1 });
      expect(await child.exited).toBe(0);
    },
  );
});

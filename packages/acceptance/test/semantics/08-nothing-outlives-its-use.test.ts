import type { Peer, PeerScript } from "@outsock/transport-contract";
import { startNodePeer } from "@outsock/transport-contract/node-peer";
import { describe, expect, it, onTestFinished } from "vitest";
import { startChild, untilStopped } from "../support/child.ts";
import { echo } from "../support/echo.ts";
import { venues } from "../support/venues.ts";

async function peerWith(script: PeerScript = {}): Promise<Peer> {
  const peer = await startNodePeer(script);
  onTestFinished(() => peer.close());
  return peer;
}

const onNetworks = venues.filter(({ capabilities }) => capabilities.network);

describe.each(onNetworks)("nothing outlives its use on $name", ({ name }) => {
  it("ends the process by itself, with nothing left open, whatever happened to its calls", async () => {
    const answering = await peerWith();
    const deaf = await peerWith({ answersClose: false });
    void echo(answering);
    void echo(deaf);
    const silent = await peerWith();
    const stalled = await peerWith({ handshake: { type: "stall" } });
    const dead = await answering.unusedUrl();
    const child = startChild("use-and-end.ts", name, answering.url, silent.url, stalled.url, dead, deaf.url);
    expect(await child.next()).toEqual({
      codes: ["ok", "CONNECT_FAILED", "RECEIVE_TIMEOUT", "CONNECT_TIMEOUT", "ABORTED", "ok"],
      left: [],
    });
    expect(await child.exited).toBe(0);
  });

  it.each([[["unref", "close"]], [["close", "unref"]], [["unref"]]])(
    "lets the process end with an unreferenced channel, after %j",
    async (calls) => {
      const peer = await peerWith({ answersClose: false });
      const child = startChild("unref-and-close.ts", name, peer.url, ...calls);
      expect(await child.next()).toBe("done");
      expect(await child.exited).toBe(0);
    },
  );

  it.skipIf(process.platform !== "linux")(
    "survives a freeze during which its peer closed: it reports the end, and connects again",
    async () => {
      const peer = await peerWith();
      const child = startChild("freeze.ts", name, peer.url);
      const remote = await peer.nextConnection();
      expect(await child.next()).toBe("ready");
      child.process.kill("SIGSTOP");
      await untilStopped(child.process.pid ?? 0);
      remote.drop();
      void echo(peer);
      child.writeLine("thawed");
      child.process.kill("SIGCONT");
      expect(await child.next()).toEqual(["CONNECTION_CLOSED", "CONNECTION_CLOSED", "ok"]);
      expect(await child.exited).toBe(0);
    },
  );
});

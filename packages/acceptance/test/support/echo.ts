import type { Peer, PeerConnection } from "@outsock/transport-contract";

/** Answers every text with itself, on every connection to come; `met` hears of each. */
export async function echo(peer: Peer, met: (remote: PeerConnection) => void = () => {}): Promise<void> {
  for (;;) {
    const remote = await peer.nextConnection();
    met(remote);
    void (async () => {
      for (;;) {
        const frame = await remote.nextFrame();
        if (frame.type === "text") remote.send(frame.text);
      }
    })().catch(() => undefined);
  }
}

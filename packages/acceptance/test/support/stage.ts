import {
  type Connection,
  createWebSocketManager,
  type ManagerOptions,
  unwrap,
  type WebSocketManager,
} from "@outsock/core";
import { type ManualClock, manualClock, type RecordingSink, recordingSink } from "@outsock/core/testing";
import type { Peer, PeerConnection, PeerScript } from "@outsock/transport-contract";
import { onTestFinished } from "vitest";
import type { Venue } from "./venues.ts";

export interface Stage {
  readonly manager: WebSocketManager;
  readonly peer: Peer;
  readonly clock: ManualClock;
  readonly sink: RecordingSink;
  /** A connection and the peer's end of it. */
  connect(): Promise<{ connection: Connection; remote: PeerConnection }>;
}

/** A manager on a manual clock and a peer, both ended with the test. */
export async function stage(
  venue: Venue,
  script: PeerScript = {},
  options: Partial<ManagerOptions> = {},
): Promise<Stage> {
  const peer = await venue.startPeer(script);
  const clock = manualClock(5_000);
  const sink = recordingSink();
  const manager = createWebSocketManager({
    transport: venue.createTransport(),
    clock,
    statsSink: sink,
    ...options,
  });
  onTestFinished(async () => {
    const disposed = manager.dispose();
    await clock.advance(60_000);
    await disposed;
    await peer.close();
  });
  return {
    manager,
    peer,
    clock,
    sink,
    async connect() {
      const [connected, remote] = await Promise.all([manager.connect(peer.url), peer.nextConnection()]);
      return { connection: unwrap(connected).connection, remote };
    },
  };
}

/** The text of the next frame, which has to be one. */
export async function nextText(remote: PeerConnection): Promise<string> {
  const frame = await remote.nextFrame();
  if (frame.type !== "text") throw new Error(`a ${frame.type} frame came instead of text`);
  return frame.text;
}

import { type Channel, type ChannelEvents, type OpenRequest, TransportError } from "@outsock/core";
import { FramePipe } from "./frame-pipe.ts";
import { MemoryChannel } from "./memory-channel.ts";
import type { MemoryScript } from "./memory-script.ts";
import { PeerEnd } from "./peer-end.ts";

/** Runs one opening handshake against a listener's script. `onPeer` receives the peer's end of the connection. */
export async function openMemoryChannel(
  request: OpenRequest,
  events: ChannelEvents,
  script: MemoryScript,
  onPeer: (peer: PeerEnd) => void,
): Promise<Channel> {
  let channel: MemoryChannel | undefined;
  let peerLeft = (): void => {};
  const left = new Promise<void>((resolve) => {
    peerLeft = resolve;
  });
  const toClient = new FramePipe((frame) => {
    if (channel !== undefined) channel.receive(frame);
    else if (frame.type === "end") peerLeft();
  });
  const peer = new PeerEnd(request, script, toClient);
  const toPeer = new FramePipe(
    (frame) => peer.receive(frame),
    () => channel?.emptied(),
  );
  peer.readFrom(toPeer);
  // What the script sends waits for the channel. A stalled handshake has no channel: its peer can only leave.
  if (script.stall !== true) toClient.hold();
  try {
    onPeer(peer);
    runScript(script, peer);
    if (script.stall === true) await stalled(request.signal, left);
    channel = new MemoryChannel(request, acceptedProtocol(request, script), events, toPeer, toClient);
    toClient.release();
    return channel;
  } catch (error) {
    toPeer.cut();
    toPeer.put({ type: "end" });
    throw error;
  }
}

function runScript(script: MemoryScript, peer: PeerEnd): void {
  try {
    script.onConnection?.(peer);
  } catch (cause) {
    throw new TransportError("CONNECT_FAILED", "the listener's script threw", { cause });
  }
}

function stalled(signal: AbortSignal, left: Promise<void>): Promise<never> {
  return new Promise((_, reject) => {
    const abort = () => reject(openAborted());
    signal.addEventListener("abort", abort);
    left.then(() => {
      signal.removeEventListener("abort", abort);
      reject(new TransportError("CONNECT_FAILED", "the peer left without an answer"));
    });
  });
}

export function openAborted(): TransportError {
  return new TransportError("ABORTED", "opening was aborted");
}

function rejected({ status, retryAfterMs }: NonNullable<MemoryScript["reject"]>): TransportError {
  const details = retryAfterMs === undefined ? { status } : { status, retryAfterMs };
  return new TransportError("HANDSHAKE_REJECTED", `the peer answered with HTTP status ${status}`, details);
}

/** The subprotocol of the answer. Throws if the script refuses. */
function acceptedProtocol(request: OpenRequest, script: MemoryScript): string {
  if (script.reject !== undefined) throw rejected(script.reject);
  return agreedProtocol(request.protocols, script.protocol);
}

/** RFC 6455 section 4.1: an answer has one of the offered subprotocols, or none if none was offered. */
function agreedProtocol(offered: readonly string[], chosen = ""): string {
  const agreed = chosen === "" ? offered.length === 0 : offered.includes(chosen);
  if (!agreed)
    throw new TransportError("PROTOCOL_ERROR", "the peer chose a subprotocol that was not offered, or none");
  return chosen;
}

import { type Channel, type ChannelEvents, type OpenRequest, TransportError } from "@outsock/core";
import { Lane } from "./lane.ts";
import { MemoryChannel } from "./memory-channel.ts";
import { PeerEnd } from "./memory-peer.ts";
import type { MemoryScript } from "./memory-script.ts";

/** Runs one opening handshake against a listener's script. `joined` hears of the peer's end. */
export async function openMemoryChannel(
  request: OpenRequest,
  events: ChannelEvents,
  script: MemoryScript,
  joined: (peer: PeerEnd) => void,
): Promise<Channel> {
  let channel: MemoryChannel | undefined;
  let leave = (): void => {};
  const left = new Promise<void>((resolve) => {
    leave = resolve;
  });
  const toClient = new Lane((frame) => {
    if (channel !== undefined) channel.receive(frame);
    else if (frame.type === "end") leave();
  });
  const peer = new PeerEnd(request, script, toClient);
  const toPeer = new Lane(
    (frame) => peer.receive(frame),
    () => channel?.emptied(),
  );
  peer.readFrom(toPeer);
  // What the script sends waits for the channel. Where there will be none, all it can do is leave.
  if (script.stall !== true) toClient.hold();
  try {
    joined(peer);
    callScript(script, peer);
    if (script.stall === true) await neverAnswered(request.signal, left);
    channel = new MemoryChannel(request, agree(request, script), events, toPeer, toClient);
    toClient.release();
    return channel;
  } catch (error) {
    toPeer.cut();
    toPeer.put({ type: "end" });
    throw error;
  }
}

function callScript(script: MemoryScript, peer: PeerEnd): void {
  try {
    script.onConnection?.(peer);
  } catch (cause) {
    throw new TransportError("CONNECT_FAILED", "the listener's script threw", { cause });
  }
}

function neverAnswered(signal: AbortSignal, left: Promise<void>): Promise<never> {
  return new Promise((_, reject) => {
    const abort = () => reject(aborted());
    signal.addEventListener("abort", abort);
    left.then(() => {
      signal.removeEventListener("abort", abort);
      reject(new TransportError("CONNECT_FAILED", "the peer left without an answer"));
    });
  });
}

export function aborted(): TransportError {
  return new TransportError("ABORTED", "opening was aborted");
}

function rejected({ status, retryAfterMs }: NonNullable<MemoryScript["reject"]>): TransportError {
  const details = retryAfterMs === undefined ? { status } : { status, retryAfterMs };
  return new TransportError("HANDSHAKE_REJECTED", `the peer answered with HTTP status ${status}`, details);
}

/** The subprotocol that the answer settles on, where it does not refuse. */
function agree(request: OpenRequest, script: MemoryScript): string {
  if (script.reject !== undefined) throw rejected(script.reject);
  return agreedProtocol(request.protocols, script.protocol);
}

/** RFC 6455 section 4.1: an answer names one of the offered subprotocols, or none where none was offered. */
function agreedProtocol(offered: readonly string[], chosen = ""): string {
  const agreed = chosen === "" ? offered.length === 0 : offered.includes(chosen);
  if (!agreed) throw new TransportError("PROTOCOL_ERROR", "the peer chose no subprotocol that was offered");
  return chosen;
}

import { ContractViolation, ok } from "@outsock/contract-kit";
import type { PeerConnection, PeerFrame, PeerWire } from "./peer.ts";

/** The next frame's text. Fails if the next frame is something else. */
export async function nextText(remote: PeerConnection): Promise<string> {
  const frame = await remote.nextFrame();
  return frame.type === "text" ? frame.text : unexpected(frame, "text");
}

export async function nextBytes(
  remote: PeerConnection,
  type: "binary" | "ping" | "pong",
): Promise<Uint8Array> {
  const frame = await remote.nextFrame();
  return frame.type === type ? frame.bytes : unexpected(frame, type);
}

export async function nextClose(remote: PeerConnection): Promise<{ code: number; reason: string }> {
  const frame = await remote.nextFrame();
  return frame.type === "close" ? frame : unexpected(frame, "close");
}

function unexpected(frame: PeerFrame, wanted: PeerFrame["type"]): never {
  const what = frame.type === "fault" ? frame.what : frame.type;
  throw new ContractViolation(`the peer received ${what} instead of ${wanted}`, what, wanted);
}

/** The remote end's wire. Scenarios that use it need `network`. */
export function wireOf(remote: PeerConnection): PeerWire {
  if (remote.wire === undefined)
    throw new ContractViolation("the harness has no wire, although the transport has a network");
  return remote.wire;
}

/** After a fault a transport may send a Close frame before it ends the connection, with the right code (RFC 6455 7.4.1). */
export async function endsWithAtMost(remote: PeerConnection, codes: readonly number[]): Promise<void> {
  const frame = await remote.nextFrame().catch(() => undefined);
  if (frame !== undefined) {
    const code = frame.type === "close" ? frame.code : unexpected(frame, "close");
    ok(codes.includes(code), `the Close frame after a fault has ${code} instead of ${codes.join(" or ")}`);
  }
  await remote.ended;
}

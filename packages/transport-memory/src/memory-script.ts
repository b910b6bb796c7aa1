import type { MemoryPeer } from "./memory-peer.ts";

/** How a listener meets those who dial it. */
export interface MemoryScript {
  /**
   * Called for every connection, before it is answered: what the peer sends here arrives together with the handshake.
   * Where it throws, the open fails with CONNECT_FAILED and the error as cause.
   */
  readonly onConnection?: (peer: MemoryPeer) => void;
  /** Refuses every handshake with this HTTP status. */
  readonly reject?: { readonly status: number; readonly retryAfterMs?: number };
  /** The subprotocol that the handshake's answer names. Default: none. */
  readonly protocol?: string;
  /** Never answers the handshake. Default: false. */
  readonly stall?: boolean;
  /** Whether a Close frame is answered. Default: true. */
  readonly answersClose?: boolean;
  /** Whether a ping is answered. Default: true. */
  readonly answersPing?: boolean;
}

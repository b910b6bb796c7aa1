import type { TransportErrorCode } from "@outsock/core";

/** The rules, in order: if several apply to one message, each gets the result of the one before it. */
export type FaultScript = readonly Fault[];

/**
 * One rule. Opens, incoming messages and outgoing messages are counted separately, and messages separately for each open. A rule
 * counts all of them, including those that other rules apply to.
 */
export type Fault = OpenFault | MessageFault | ConnectionFault;

/** A fault of an open, or one that is decided at the open. It counts opens. */
export type OpenFault = RefuseFault | StallFault | SlowOpenFault | SlowCloseFault;

/** A fault of one message. */
export type MessageFault = DelayFault | DropFault | DuplicateFault | LateFault | CorruptFault | FloodFault;

/** A fault that changes the connection from then on. */
export type ConnectionFault = CutFault | HalfOpenFault | CloseFault | MuteFault;

/** Which opens or messages a rule applies to. By default to all. */
export interface FaultFilter {
  /** Only these opens, counted from 1, including failed ones. Default: every open. */
  readonly channel?: number | readonly number[] | undefined;
  /** Skips this many at the beginning. Default 0. */
  readonly skip?: number | undefined;
  /** Of the others only every n-th: 3 means the third, the sixth and so on. Default 1. */
  readonly every?: number | undefined;
  /** Of these, each with this probability, 0 to 1, by the seed. Default 1. */
  readonly chance?: number | undefined;
  /** At most this many: of opens in total, of messages for each open and direction. Default: no limit. */
  readonly times?: number | undefined;
}

/** Milliseconds. A pair is a range, from which the seed chooses. */
export type DurationRange = number | readonly [minMs: number, maxMs: number];

/** The open is refused; nothing is dialled. */
export interface RefuseFault extends FaultFilter {
  readonly fault: "refuse";
  /** Default: CONNECT_FAILED; HANDSHAKE_REJECTED with a status. */
  readonly code?: TransportErrorCode | undefined;
  readonly status?: number | undefined;
  readonly retryAfterMs?: number | undefined;
}

/** The open is pending until its signal is aborted; nothing is dialled. */
export interface StallFault extends FaultFilter {
  readonly fault: "stall";
}

/** Dialling starts after this time. */
export interface SlowOpenFault extends FaultFilter {
  readonly fault: "slow-open";
  readonly ms: DurationRange;
}

/** The close is reported this much later, as with a peer that answers a close late. Not after `terminate`. */
export interface SlowCloseFault extends FaultFilter {
  readonly fault: "slow-close";
  readonly ms: DurationRange;
}

/** From the view of the program under test: "in" is what the peer sends. */
export interface MessageFaultOptions extends FaultFilter {
  readonly on: "in" | "out" | "both";
}

/** The message is delayed by this time. The order is kept, so later messages wait as well, and so does the close. */
export interface DelayFault extends MessageFaultOptions {
  readonly fault: "delay";
  readonly ms: DurationRange;
}

/** The message is lost. */
export interface DropFault extends MessageFaultOptions {
  readonly fault: "drop";
}

/** The message arrives twice. */
export interface DuplicateFault extends MessageFaultOptions {
  readonly fault: "duplicate";
}

/** The message is delayed by this time, and later messages overtake it. Only the close waits. */
export interface LateFault extends MessageFaultOptions {
  readonly fault: "late";
  readonly ms: DurationRange;
}

/** One character of a text becomes "#" (or "?"), or one bit of bytes is flipped. An empty message does not change. */
export interface CorruptFault extends MessageFaultOptions {
  readonly fault: "corrupt";
}

/** An incoming message is followed by this many more at once: copies of `message`, or of itself. */
export interface FloodFault extends FaultFilter {
  readonly fault: "flood";
  readonly count: number;
  readonly message?: string | Uint8Array | undefined;
}

export interface ConnectionFaultOptions extends FaultFilter {
  /** At the open itself, or at a message in or out. */
  readonly on: "open" | "in" | "out";
  /** Before the message, which is then lost although `send` accepted it, or after it. Default "before". */
  readonly when?: "before" | "after" | undefined;
}

/** The connection ends without a Close frame: 1006. What was sent before is still written, then the socket is destroyed. */
export interface CutFault extends ConnectionFaultOptions {
  readonly fault: "cut";
}

/**
 * The peer is gone without notice: nothing arrives, nothing leaves, pings and a close are not answered,
 * until `terminate`. As with a socket, the kernel buffers what is sent (64 KiB); the rest stays in `bufferedAmount`.
 */
export interface HalfOpenFault extends ConnectionFaultOptions {
  readonly fault: "half-open";
}

/** The peer closes. */
export interface CloseFault extends ConnectionFaultOptions {
  readonly fault: "close";
  /** Default 1001, going away. */
  readonly code?: number | undefined;
  /** Default: none. */
  readonly reason?: string | undefined;
}

/** The peer accepts messages and answers pings and a close, but sends no more messages. Outgoing messages still leave. */
export interface MuteFault extends ConnectionFaultOptions {
  readonly fault: "mute";
}

export function isConnectionFault(fault: Fault): fault is ConnectionFault {
  const { fault: name } = fault;
  return name === "cut" || name === "half-open" || name === "close" || name === "mute";
}

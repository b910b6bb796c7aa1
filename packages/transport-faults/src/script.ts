import type { TransportErrorCode } from "@outsock/core";

/** What goes wrong, in order: where several rules hit one message, each takes what the one before it left. */
export type FaultScript = readonly Fault[];

/**
 * One rule. Opens, messages in and messages out are counted each on their own, messages for each open. A rule counts
 * every one, also those that another rule hits.
 */
export type Fault = OpenFault | MessageFault | Ending;

/** A fault of opening, or one that is settled then. What it counts are opens. */
export type OpenFault = Refuse | Stall | SlowOpen | SlowClose;

/** A fault of one message. */
export type MessageFault = Delay | Drop | Duplicate | Late | Corrupt | Flood;

/** A fault after which the connection is no longer what it was. */
export type Ending = Cut | HalfOpen | Close | Mute;

/** Which of the opens or messages a rule hits. Without any of these: every one. */
export interface Narrowing {
  /** Only these opens, counted from 1; what failed counts too. Default: every open. */
  readonly channel?: number | readonly number[] | undefined;
  /** Leaves the first so many alone. Default 0. */
  readonly skip?: number | undefined;
  /** Of the others only every n-th: 3 hits the third, the sixth. Default 1. */
  readonly every?: number | undefined;
  /** Of these, each with this probability, 0 to 1, as the seed has it. Default 1. */
  readonly chance?: number | undefined;
  /** At most so many: of opens in all, of messages for each open and direction. Default: no limit. */
  readonly times?: number | undefined;
}

/** Milliseconds; of a pair, any number from the first to the second, as the seed has it. */
export type Span = number | readonly [minMs: number, maxMs: number];

/** The open is refused; nobody is dialled. */
export interface Refuse extends Narrowing {
  readonly fault: "refuse";
  /** Default: CONNECT_FAILED; HANDSHAKE_REJECTED where there is a status. */
  readonly code?: TransportErrorCode | undefined;
  readonly status?: number | undefined;
  readonly retryAfterMs?: number | undefined;
}

/** The open is not answered until its signal ends it; nobody is dialled. */
export interface Stall extends Narrowing {
  readonly fault: "stall";
}

/** It takes so long until the dialling begins. */
export interface SlowOpen extends Narrowing {
  readonly fault: "slow-open";
  readonly ms: Span;
}

/** The end of the connection is told so much later, as by a peer that answers a close late. Not after `terminate`. */
export interface SlowClose extends Narrowing {
  readonly fault: "slow-close";
  readonly ms: Span;
}

/** Seen from the program under test: "in" is what the peer sent. */
export interface OnMessages extends Narrowing {
  readonly on: "in" | "out" | "both";
}

/** The message takes so long. The order is kept, so those after it wait as well, and so does the close. */
export interface Delay extends OnMessages {
  readonly fault: "delay";
  readonly ms: Span;
}

/** The message is lost. */
export interface Drop extends OnMessages {
  readonly fault: "drop";
}

/** The message comes twice. */
export interface Duplicate extends OnMessages {
  readonly fault: "duplicate";
}

/** The message takes so long, and those after it overtake it. Only the close waits. */
export interface Late extends OnMessages {
  readonly fault: "late";
  readonly ms: Span;
}

/** One character of a text becomes "#" (or "?"), one bit of bytes is flipped. An empty message stays as it is. */
export interface Corrupt extends OnMessages {
  readonly fault: "corrupt";
}

/** After a message in, so many more come at once: copies of `message`, or of the message in. */
export interface Flood extends Narrowing {
  readonly fault: "flood";
  readonly count: number;
  readonly message?: string | Uint8Array | undefined;
}

export interface OnMoment extends Narrowing {
  /** With the open itself, or with a message in or out. */
  readonly on: "open" | "in" | "out";
  /** Before the message, which is lost then although `send` accepted it, or after it. Default "before". */
  readonly when?: "before" | "after" | undefined;
}

/** The connection ends without a Close frame: 1006. What was sent before leaves, then the socket is destroyed. */
export interface Cut extends OnMoment {
  readonly fault: "cut";
}

/**
 * The other end is gone and nobody tells: nothing arrives, nothing leaves, a ping has no pong and a close no answer,
 * until `terminate`. As with a socket, the kernel takes in what is sent (64 KiB); what is more stays in `bufferedAmount`.
 */
export interface HalfOpen extends OnMoment {
  readonly fault: "half-open";
}

/** The peer closes. */
export interface Close extends OnMoment {
  readonly fault: "close";
  /** Default 1001, going away. */
  readonly code?: number | undefined;
  /** Default: none. */
  readonly reason?: string | undefined;
}

/** The peer takes messages, answers pings and a close, but no message in comes any more. Messages out still leave. */
export interface Mute extends OnMoment {
  readonly fault: "mute";
}

export function isEnding(fault: Fault): fault is Ending {
  const { fault: name } = fault;
  return name === "cut" || name === "half-open" || name === "close" || name === "mute";
}

import type { TransportErrorCode } from "@outsock/core";

/** The first line of a tape. */
export interface TapeHeader {
  readonly type: "tape";
  readonly version: 1;
  /** The name of the transport that was recorded. */
  readonly transport: string;
  /** ISO 8601. */
  readonly startedAt: string;
}

/** The last line of a tape that ends before the traffic does. */
export interface CutEntry {
  readonly type: "cut";
  /** `"full"`: the tape reached `maxBytes`. `"behind"`: the disk was slower than the traffic. */
  readonly why: "full" | "behind";
}

interface OnChannel {
  /** Counts the opens, from 1. */
  readonly channel: number;
  /** Milliseconds since the start of the tape. */
  readonly atMs: number;
}

/** A channel was opened. */
export interface OpenEntry extends OnChannel {
  readonly type: "open";
  /** Secrets are replaced by `***1`, `***2`, ... */
  readonly url: string;
  /** Header names in lower case, sorted; never their values. */
  readonly headers: readonly string[];
  readonly protocols: readonly string[];
}

/** The handshake completed. */
export interface OpenedEntry extends OnChannel {
  readonly type: "opened";
  readonly protocol: string;
}

/** The open failed. */
export interface FailedEntry extends OnChannel {
  readonly type: "failed";
  readonly code: TransportErrorCode;
  readonly status?: number;
  readonly retryAfterMs?: number;
}

/** A message sent (`"out"`) or received (`"in"`): text, or bytes in base64. */
export interface MessageEntry extends OnChannel {
  readonly type: "out" | "in";
  readonly text?: string;
  readonly bytes?: string;
}

/** The caller closed. */
export interface ClosingEntry extends OnChannel {
  readonly type: "closing";
  readonly code?: number;
  readonly reason?: string;
}

/** The caller terminated the channel. */
export interface TerminatedEntry extends OnChannel {
  readonly type: "terminated";
}

/** The channel closed, as reported to the caller. */
export interface ClosedEntry extends OnChannel {
  readonly type: "closed";
  readonly code: number;
  readonly reason: string;
  readonly clean: boolean;
  readonly error?: TransportErrorCode;
}

/** A line of a tape that belongs to a channel. */
export type TapeEntry =
  | OpenEntry
  | OpenedEntry
  | FailedEntry
  | MessageEntry
  | ClosingEntry
  | TerminatedEntry
  | ClosedEntry;

/** Any line of a tape. */
export type TapeLine = TapeHeader | TapeEntry | CutEntry;

/** The message itself: text, or bytes. */
export function entryPayload({ text, bytes = "" }: MessageEntry): string | Uint8Array {
  return text ?? new Uint8Array(Buffer.from(bytes, "base64"));
}

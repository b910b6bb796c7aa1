import type { IncomingMessage } from "@outsock/core";

/** What a message carries. */
export type Payload = string | Uint8Array;

export function payloadOf(message: IncomingMessage): Payload {
  return message.isText ? message.text() : message.bytes();
}

/** Bytes are copied, so that nobody else writes into them. */
export function copyOf(payload: Payload): Payload {
  return typeof payload === "string" ? payload : new Uint8Array(payload);
}

export function byteLengthOf(payload: Payload): number {
  return typeof payload === "string" ? new TextEncoder().encode(payload).length : payload.byteLength;
}

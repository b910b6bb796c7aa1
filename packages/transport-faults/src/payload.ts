import type { IncomingMessage } from "@outsock/core";

/** The content of a message. */
export type Payload = string | Uint8Array;

export function messagePayload(message: IncomingMessage): Payload {
  return message.isText ? message.text() : message.bytes();
}

/** Bytes are copied, as the caller may reuse them. */
export function copyOf(payload: Payload): Payload {
  return typeof payload === "string" ? payload : new Uint8Array(payload);
}

export function byteLengthOf(payload: Payload): number {
  return typeof payload === "string" ? new TextEncoder().encode(payload).length : payload.byteLength;
}

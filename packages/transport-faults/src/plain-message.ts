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

/** A message that is no longer as the transport below told it. */
export class PlainMessage implements IncomingMessage {
  readonly byteLength: number;
  readonly #payload: Payload;

  constructor(payload: Payload) {
    this.#payload = payload;
    this.byteLength = byteLengthOf(payload);
  }

  get isText(): boolean {
    return typeof this.#payload === "string";
  }

  text(): string {
    if (typeof this.#payload === "string") return this.#payload;
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(this.#payload);
  }

  bytes(): Uint8Array {
    return typeof this.#payload === "string" ? new TextEncoder().encode(this.#payload) : this.#payload;
  }
}

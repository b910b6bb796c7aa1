import type { IncomingMessage } from "../ports/channel.ts";

/**
 * For transports and layers: a message whose payload is at trySend, a string for text or bytes for binary. `byteLength` is that of the
 * payload as UTF-8, where it is known already.
 */
export function payloadMessage(payload: string | Uint8Array, byteLength?: number): IncomingMessage {
  return new PayloadMessage(payload, byteLength ?? byteLengthOf(payload));
}

class PayloadMessage implements IncomingMessage {
  readonly byteLength: number;
  readonly #payload: string | Uint8Array;

  constructor(payload: string | Uint8Array, byteLength: number) {
    this.#payload = payload;
    this.byteLength = byteLength;
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

function byteLengthOf(payload: string | Uint8Array): number {
  return typeof payload === "string" ? new TextEncoder().encode(payload).length : payload.byteLength;
}

// Stands alone: for transports. The core itself makes no messages, so a program without such a transport does not load it.
import type { IncomingMessage } from "../ports/channel.ts";
import { utf8 } from "../values.ts";

/**
 * For transports and layers: a message whose payload is at hand, a string for text or bytes for binary. `byteLength` is that of the
 * payload as UTF-8, where it is known already.
 */
export function payloadMessage(payload: string | Uint8Array, byteLength?: number): IncomingMessage {
  return new PayloadMessage(payload, byteLength);
}

class PayloadMessage implements IncomingMessage {
  readonly byteLength: number;
  readonly #payload: string | Uint8Array;

  constructor(payload: string | Uint8Array, byteLength: number | undefined) {
    this.#payload = payload;
    this.byteLength = byteLength ?? this.bytes().length;
  }

  get isText(): boolean {
    return typeof this.#payload === "string";
  }

  text(): string {
    if (typeof this.#payload === "string") return this.#payload;
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(this.#payload);
  }

  bytes(): Uint8Array {
    return typeof this.#payload === "string" ? utf8(this.#payload) : this.#payload;
  }
}

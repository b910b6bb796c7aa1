import type { IncomingMessage } from "@outsock/core";

/** A message as the channel tells it. */
export class MemoryMessage implements IncomingMessage {
  readonly byteLength: number;
  readonly #message: string | Uint8Array;

  constructor(message: string | Uint8Array, byteLength: number) {
    this.#message = message;
    this.byteLength = byteLength;
  }

  get isText(): boolean {
    return typeof this.#message === "string";
  }

  text(): string {
    if (typeof this.#message === "string") return this.#message;
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(this.#message);
  }

  bytes(): Uint8Array {
    return typeof this.#message === "string" ? new TextEncoder().encode(this.#message) : this.#message;
  }
}

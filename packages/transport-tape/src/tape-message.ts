import type { IncomingMessage } from "@outsock/core";
import { payloadOf } from "./compare.ts";
import type { MessageEntry } from "./entry.ts";

/** A message of a tape, as a channel tells it. */
export class TapeMessage implements IncomingMessage {
  readonly isText: boolean;
  readonly #payload: string | Uint8Array;
  readonly #bytes: Uint8Array;

  constructor(entry: MessageEntry) {
    this.#payload = payloadOf(entry);
    this.isText = typeof this.#payload === "string";
    this.#bytes = typeof this.#payload === "string" ? new TextEncoder().encode(this.#payload) : this.#payload;
  }

  get byteLength(): number {
    return this.#bytes.byteLength;
  }

  text(): string {
    if (typeof this.#payload === "string") return this.#payload;
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(this.#payload);
  }

  bytes(): Uint8Array {
    return this.#bytes;
  }
}

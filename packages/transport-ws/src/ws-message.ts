import type { IncomingMessage } from "@outsock/core";
import type { RawData } from "ws";

/** A message of ws. It stays bytes until somebody asks for its text. */
export class WsMessage implements IncomingMessage {
  readonly isText: boolean;
  readonly #data: Buffer;

  constructor(data: RawData, isText: boolean) {
    this.isText = isText;
    this.#data = toBuffer(data);
  }

  get byteLength(): number {
    return this.#data.byteLength;
  }

  text(): string {
    // ws has checked the UTF-8 of texts, and only of texts.
    return this.isText ? this.#data.toString() : strictUtf8(this.#data);
  }

  /** In a buffer of their own: ws cuts small messages out of one that holds others. */
  bytes(): Uint8Array {
    const { buffer, byteOffset, byteLength } = this.#data;
    const shared = buffer.byteLength !== byteLength;
    return shared ? Uint8Array.from(this.#data) : new Uint8Array(buffer, byteOffset, byteLength);
  }
}

function toBuffer(data: RawData): Buffer {
  if (Buffer.isBuffer(data)) return data;
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data);
}

function strictUtf8(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
}

import type { IncomingMessage } from "@outsock/core";

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A text message; undici has decoded and checked it. */
export function textMessage(data: string): IncomingMessage {
  return {
    isText: true,
    byteLength: Buffer.byteLength(data),
    text: () => data,
    bytes: () => Buffer.from(data),
  };
}

export function binaryMessage(data: ArrayBuffer): IncomingMessage {
  const bytes = new Uint8Array(data);
  return {
    isText: false,
    byteLength: bytes.byteLength,
    text: () => decoder.decode(bytes),
    bytes: () => bytes,
  };
}

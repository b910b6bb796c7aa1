import type { IncomingMessage } from "@outsock/core";
import { utf8Length } from "./utf8-length.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A text message; the runtime has decoded and checked it. */
export function textMessage(data: string): IncomingMessage {
  return {
    isText: true,
    byteLength: utf8Length(data),
    text: () => data,
    bytes: () => encoder.encode(data),
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

import { typeName } from "./options/checks.ts";
import type { IncomingMessage } from "./ports/channel.ts";
import { synchronous } from "./values.ts";

/** Turns a caller's message into a payload and back. What it throws becomes SERIALIZE_FAILED or PARSE_FAILED. */
export interface Codec {
  /** A string leaves as a text message, bytes as a binary one. */
  encode(message: unknown): string | Uint8Array;
  decode(message: IncomingMessage): unknown;
}

/** Thrown by `encode` for a value that the codec has no form for: the operation fails with INVALID_MESSAGE. */
export class InvalidMessage extends Error {
  override readonly name = "InvalidMessage";
}

/** JSON as text; text and binary messages are both read as UTF-8 JSON (RFC 8259 section 8.1). The default. */
export const json: Codec = {
  encode(message) {
    const bytes = message instanceof Uint8Array || message instanceof ArrayBuffer;
    const text: string | undefined = bytes ? undefined : JSON.stringify(message);
    if (text !== undefined) return text;
    throw new InvalidMessage(
      `JSON has no form for ${bytes ? 'bytes; the codec "raw" sends them' : typeof message}`,
    );
  },
  decode: (message) => JSON.parse(message.text()),
};

/** Strings as they are. */
export const text: Codec = {
  encode(message) {
    if (typeof message === "string") return message;
    throw new InvalidMessage(`the text codec takes strings, not ${typeName(message)}`);
  },
  decode: (message) => message.text(),
};

/** Strings and bytes as they are: a text message is received as a string, a binary one as a `Uint8Array`. */
export const raw: Codec = {
  encode(message) {
    if (typeof message === "string" || message instanceof Uint8Array) return message;
    if (message instanceof ArrayBuffer) return new Uint8Array(message);
    throw new InvalidMessage(`the raw codec takes strings and bytes, not ${typeName(message)}`);
  },
  decode: (message) => (message.isText ? message.text() : message.bytes()),
};

const named = { json, text, raw };

/** One of the codecs above, by itself or by name, or one of the caller's own. */
export type CodecOption = Codec | "json" | "text" | "raw";

export function resolveCodec(option: CodecOption): Codec {
  return typeof option === "string" ? named[option] : option;
}

/** What a codec makes of a message. Throws where it cannot read it, and where it answers with a promise. */
export function decodeMessage(codec: Codec, message: IncomingMessage): unknown {
  return synchronous("the codec", codec.decode(message));
}

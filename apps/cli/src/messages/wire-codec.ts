import type { Codec } from "@outsock/core";
import type { CodecName } from "../options/connection-options.ts";

/** A received message: the original text and the decoded value. */
export class Received {
  readonly text: string;
  readonly value: unknown;

  constructor(text: string, value: unknown) {
    this.text = text;
    this.value = value;
  }

  /** The message on one line. JSON is passed through unchanged, so that numbers keep all their digits. */
  toLine(): string {
    if (typeof this.value === "string") return this.text;
    return /[\r\n]/.test(this.text) ? JSON.stringify(this.value) : this.text;
  }

  toJSON(): unknown {
    return this.value;
  }
}

/** A message as it is printed. */
export function lineOf(message: unknown, json: boolean): string {
  if (json) return JSON.stringify({ success: true, data: { response: message } });
  return message instanceof Received ? message.toLine() : String(message);
}

/** Sends texts that were checked before, and keeps the original text of received messages. */
export function wireCodec(name: CodecName): Codec {
  return {
    encode: (message) => String(message),
    decode(message) {
      const text = message.text();
      return new Received(text, name === "json" ? JSON.parse(text) : text);
    },
  };
}

/** For a command that ignores what it receives: accepts anything. */
export const discardCodec: Codec = {
  encode: (message) => String(message),
  decode: () => undefined,
};

import type { Codec } from "@outsock/core";
import type { CodecName } from "../options/connection-options.ts";

/** A received message: as it came, and as it is understood. */
export class Received {
  readonly text: string;
  readonly value: unknown;

  constructor(text: string, value: unknown) {
    this.text = text;
    this.value = value;
  }

  /** One line. JSON passes through as it came, so that no number loses digits. */
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

/** Takes texts that were checked before, and keeps what comes as it came. */
export function wireCodec(name: CodecName): Codec {
  return {
    encode: (message) => String(message),
    decode(message) {
      const text = message.text();
      return new Received(text, name === "json" ? JSON.parse(text) : text);
    },
  };
}

/** For a command that reads nothing: whatever comes is fine. */
export const discardCodec: Codec = {
  encode: (message) => String(message),
  decode: () => undefined,
};

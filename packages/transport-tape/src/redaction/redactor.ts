import type { OpenRequest } from "@outsock/core";
import type { MessageEntry, OpenEntry } from "../entry.ts";
import { authenticates, isSecretName, isWeakName, looksRandom } from "./detect-secrets.ts";
import { type JsonVisitor, mapJson } from "./map-json.ts";
import { learnHeaders, redactedProtocol, redactedProtocols, redactedUrl } from "./redacted-request.ts";
import { Secrets } from "./secrets.ts";

type Redact = (text: string) => string;
type Payload = Pick<MessageEntry, "text" | "bytes">;

/**
 * Replaces secrets before anything is written: header values, query values, whatever looks like a key in paths and subprotocols,
 * and strings under secret names in JSON. A distinctive secret is also replaced wherever else it occurs. `secrets` are values
 * known to be secret, whatever they look like. `redact` is applied last.
 */
export class Redactor {
  readonly #secrets: Secrets;
  readonly #redact: Redact;

  constructor(redact: Redact = (text) => text, secrets: readonly string[] = []) {
    this.#redact = redact;
    this.#secrets = new Secrets(secrets);
  }

  request({ url, headers, protocols }: OpenRequest): Pick<OpenEntry, "url" | "headers" | "protocols"> {
    learnHeaders(headers, this.#secrets);
    const names = Object.keys(headers).map((name) => name.toLowerCase());
    return {
      url: redactedUrl(url, this.#secrets, (text) => this.#applyRedact(text)),
      headers: names.sort(),
      protocols: redactedProtocols(protocols, this.#secrets).map((protocol) => this.#applyRedact(protocol)),
    };
  }

  message(payload: string | Uint8Array): Payload {
    if (typeof payload === "string") return { text: this.text(payload) };
    return { bytes: withTextOf(payload, (text) => this.text(text), this.#secrets) };
  }

  text(text: string): string {
    return this.#applyRedact(this.#hidden(text));
  }

  /** A recorded message, without secrets that became known only later. */
  recordedMessage({ text, bytes = "" }: Payload): Payload {
    if (text !== undefined) return { text: this.#hidden(text) };
    return { bytes: withTextOf(Buffer.from(bytes, "base64"), (inner) => this.#hidden(inner), this.#secrets) };
  }

  protocol(text: string): string {
    return this.#applyRedact(redactedProtocol(text, this.#secrets));
  }

  /** Applies the caller's function. If it fails, nothing is shown. */
  #applyRedact(text: string): string {
    try {
      const redacted: unknown = this.#redact(text);
      return typeof redacted === "string" ? redacted : "***";
    } catch {
      return "***";
    }
  }

  #hidden(text: string): string {
    const { count } = this.#secrets;
    const hidden = this.#pass(text, false);
    // A secret found just now may also occur earlier in the text.
    return this.#secrets.count === count ? hidden : this.#pass(hidden, false);
  }

  #pass(text: string, isIn: boolean): string {
    // For speed, the whole text is checked once instead of each string. An escape may hide anything.
    const mayHide = text.includes("\\") || this.#secrets.mayOccurIn(text);
    const visitor = this.#visitor(mayHide, isIn || authenticates(text));
    if (!mayHide) return text.includes('"') ? mapJson(text, visitor) : text;
    // In JSON only strings and numbers can be secret, and the result must stay JSON.
    const start = startOfJson(text);
    const before = mapJson(text.slice(0, start), { ...visitor, number: (digits) => digits });
    return this.#secrets.replaceIn(before) + mapJson(text.slice(start), visitor);
  }

  /** Also learns the secrets within it, such as credentials after the name of a scheme. */
  #secretValue(value: string, mayHide: boolean): string {
    const hidden = this.#secrets.hideEverywhere(value);
    if (mayHide) this.#secrets.replaceIn(value);
    return hidden;
  }

  /** `authenticating`: the whole message is about authentication. */
  #visitor(mayHide: boolean, authenticating: boolean): JsonVisitor {
    const secrets = this.#secrets;
    const isFree = (name: string): boolean => !looksRandom(name) && !secrets.givenOccurIn(name);
    return {
      isSecretName,
      isWeakName,
      string: (value, position) => {
        if (position === "name") return mayHide && !isFree(value) ? this.#pass(value, false) : value;
        if (position === "secret") return this.#secretValue(value, mayHide);
        const isSecret = (authenticating || position !== "plain") && looksRandom(value);
        if (isSecret) return secrets.hideEverywhere(value);
        if (position === "inside") return secrets.hide(value);
        return mayHide ? this.#pass(value, authenticating) : value;
      },
      number: (digits) => (secrets.isGiven(digits) ? JSON.stringify(secrets.hide(digits)) : digits),
    };
  }
}

/** In base64. In bytes that are not text, only known secrets are replaced. */
function withTextOf(bytes: Uint8Array, change: (text: string) => string, secrets: Secrets): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = buffer.toString("utf8");
  if (Buffer.from(text).equals(buffer)) return Buffer.from(change(text)).toString("base64");
  return Buffer.from(secrets.replaceIn(byteByByte(buffer), asUtf8), "latin1").toString("base64");
}

/** One character per byte. */
function byteByByte(buffer: Buffer): string {
  return buffer.toString("latin1");
}

function asUtf8(secret: string): string {
  return byteByByte(Buffer.from(secret));
}

/** The start of JSON that runs to the end: at the beginning, or after the prefix of Socket.IO or SockJS. */
function startOfJson(text: string): number {
  const [before] = /^(?:\s*|\d+(?:\/[\w-]+,\d*)?|a)(?=["[{])/.exec(text) ?? [];
  return before !== undefined && isJson(text.slice(before.length)) ? before.length : text.length;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

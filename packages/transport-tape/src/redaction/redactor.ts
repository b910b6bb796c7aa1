import type { OpenRequest } from "@outsock/core";
import type { MessageEntry, OpenEntry } from "../entry.ts";
import { authenticates, isSecretName, isWeakName, looksRandom } from "./detect-secrets.ts";
import { type JsonVisitor, mapJson } from "./map-json.ts";
import { learnHeaders, redactedProtocol, redactedProtocols, redactedUrl } from "./redacted-request.ts";
import { Secrets } from "./secrets.ts";

type Redact = (text: string) => string;
type Payload = Pick<MessageEntry, "text" | "bytes">;

/**
 * Takes out of everything what may be secret, before it is written: header values, query values, what looks like a key in
 * paths and subprotocols, and the strings under secret names in JSON. What can be taken for nothing else is taken out wherever
 * else it occurs, too. `secrets` are known to be secret, whatever they look like.
 */
export class Redactor {
  readonly #secrets: Secrets;
  readonly #own: Redact;

  constructor(own: Redact = (text) => text, secrets: readonly string[] = []) {
    this.#own = own;
    this.#secrets = new Secrets(secrets);
  }

  request({ url, headers, protocols }: OpenRequest): Pick<OpenEntry, "url" | "headers" | "protocols"> {
    learnHeaders(headers, this.#secrets);
    const names = Object.keys(headers).map((name) => name.toLowerCase());
    return {
      url: redactedUrl(url, this.#secrets, (text) => this.#last(text)),
      headers: names.sort(),
      protocols: redactedProtocols(protocols, this.#secrets).map((protocol) => this.#last(protocol)),
    };
  }

  message(payload: string | Uint8Array): Payload {
    if (typeof payload === "string") return { text: this.text(payload) };
    return { bytes: withTextOf(payload, (text) => this.text(text), this.#secrets) };
  }

  text(text: string): string {
    return this.#last(this.#hidden(text));
  }

  /** What was written, without what turned out to be a secret only later. */
  again({ text, bytes = "" }: Payload): Payload {
    if (text !== undefined) return { text: this.#hidden(text) };
    return { bytes: withTextOf(Buffer.from(bytes, "base64"), (inner) => this.#hidden(inner), this.#secrets) };
  }

  protocol(text: string): string {
    return this.#last(redactedProtocol(text, this.#secrets));
  }

  /** The caller's own function has the last word. Where it fails, nothing is shown. */
  #last(text: string): string {
    try {
      const own: unknown = this.#own(text);
      return typeof own === "string" ? own : "***";
    } catch {
      return "***";
    }
  }

  #hidden(text: string): string {
    const { count } = this.#secrets;
    const hidden = this.#pass(text, false);
    // What turned out to be a secret may stand before that, too.
    return this.#secrets.count === count ? hidden : this.#pass(hidden, false);
  }

  #pass(text: string, isIn: boolean): string {
    // For speed, one look at all of it instead of one at each string. Behind a backslash there may be anything.
    const mayHide = text.includes("\\") || this.#secrets.mayOccurIn(text);
    const visitor = this.#visitor(mayHide, isIn || authenticates(text));
    if (!mayHide) return text.includes('"') ? mapJson(text, visitor) : text;
    // In JSON, what is neither a string nor a number cannot be a secret, and has to stay JSON.
    const start = startOfJson(text);
    const before = mapJson(text.slice(0, start), { ...visitor, number: (digits) => digits });
    return this.#secrets.replaceIn(before) + mapJson(text.slice(start), visitor);
  }

  /** Behind the name of a scheme, for example, there is a secret in it, too. */
  #secretValue(value: string, mayHide: boolean): string {
    const stand = this.#secrets.hideEverywhere(value);
    if (mayHide) this.#secrets.replaceIn(value);
    return stand;
  }

  /** `authenticating`: all of it is about that. */
  #visitor(mayHide: boolean, authenticating: boolean): JsonVisitor {
    const secrets = this.#secrets;
    const isFree = (name: string): boolean => !looksRandom(name) && !secrets.givenOccurIn(name);
    return {
      isSecretName,
      isWeakName,
      string: (value, standing) => {
        if (standing === "name") return mayHide && !isFree(value) ? this.#pass(value, false) : value;
        if (standing === "secret") return this.#secretValue(value, mayHide);
        const isSecret = (authenticating || standing !== "plain") && looksRandom(value);
        if (isSecret) return secrets.hideEverywhere(value);
        if (standing === "inside") return secrets.hide(value);
        return mayHide ? this.#pass(value, authenticating) : value;
      },
      number: (digits) => (secrets.isGiven(digits) ? JSON.stringify(secrets.hide(digits)) : digits),
    };
  }
}

/** As base64. Of bytes that are no text, only known secrets are replaced. */
function withTextOf(bytes: Uint8Array, change: (text: string) => string, secrets: Secrets): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = buffer.toString("utf8");
  if (Buffer.from(text).equals(buffer)) return Buffer.from(change(text)).toString("base64");
  return Buffer.from(secrets.replaceIn(byteByByte(buffer), asUtf8), "latin1").toString("base64");
}

/** A letter for each byte. */
function byteByByte(buffer: Buffer): string {
  return buffer.toString("latin1");
}

function asUtf8(secret: string): string {
  return byteByByte(Buffer.from(secret));
}

/** Where JSON begins that goes on to the end: at once, or after what Socket.IO and SockJS have before it. */
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

import type { OpenRequest } from "@outsock/core";
import type { MessageEntry, OpenEntry } from "./entry.ts";
import { isSecretName, isSecretQueryName, looksRandom, Secrets } from "./secrets.ts";

type Redact = (text: string) => string;
type Payload = Pick<MessageEntry, "text" | "bytes">;

/**
 * Takes out of everything what may be secret, before it is written: header values, query values, what looks like a key in
 * paths and subprotocols, and the strings under secret names in JSON. What surely is a secret is taken out wherever else it
 * occurs, too.
 */
export class Redactor {
  readonly #secrets: Secrets = new Secrets();
  readonly #own: Redact;

  constructor(own: Redact = (text) => text) {
    this.#own = own;
  }

  request({ url, headers, protocols }: OpenRequest): Pick<OpenEntry, "url" | "headers" | "protocols"> {
    for (const [name, value] of Object.entries(headers)) {
      if (isSecretName(name) || looksRandom(value)) this.#learnHeader(value);
    }
    return {
      url: this.#url(url),
      headers: Object.keys(headers)
        .map((name) => name.toLowerCase())
        .sort(),
      protocols: protocols.map((protocol) => this.part(protocol)),
    };
  }

  message(payload: string | Uint8Array): Payload {
    return typeof payload === "string" ? { text: this.text(payload) } : { bytes: this.#bytes(payload) };
  }

  /** What cannot be looked through, for instance as it is nested too deep, is replaced as a whole. */
  text(text: string): string {
    try {
      return this.#own(this.#secrets.replaceIn(this.#json(text)));
    } catch {
      return "***";
    }
  }

  #bytes(bytes: Uint8Array): string {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const text = buffer.toString("utf8");
    // Bytes that are no text are kept as they are.
    if (!Buffer.from(text).equals(buffer)) return buffer.toString("base64");
    return Buffer.from(this.text(text)).toString("base64");
  }

  #json(text: string): string {
    if (!/^\s*[[{"]/.test(text)) return text;
    let changed = false;
    const change = (before: string, after: string): string => {
      changed ||= before !== after;
      return after;
    };
    const reviver = (name: string, value: unknown): unknown => {
      if (typeof value !== "string") return value;
      return change(
        value,
        isSecretName(name) ? this.#secrets.hideEverywhere(value) : this.#secrets.replaceIn(value),
      );
    };
    try {
      const value: unknown = JSON.parse(text, reviver);
      return changed ? JSON.stringify(value) : text;
    } catch (error) {
      if (error instanceof SyntaxError) return text;
      throw error;
    }
  }

  #url(text: string): string {
    const url = new URL(text);
    const path = url.pathname
      .split("/")
      .map((part) => this.part(part))
      .join("/");
    const query = [...url.searchParams].map(([name, value]) => {
      const isSecret = isSecretQueryName(name) || looksRandom(value);
      const stand = isSecret ? this.#secrets.hideEverywhere(value) : this.#secrets.hide(value);
      return `${encodeURIComponent(name)}=${stand}`;
    });
    return `${url.protocol}//${url.host}${path}${query.length === 0 ? "" : `?${query.join("&")}`}`;
  }

  /** Of names that are made of parts, the parts that nobody makes up. */
  part(text: string): string {
    return looksRandom(text) ? this.#secrets.hideEverywhere(text) : this.#secrets.replaceIn(text);
  }

  #learnHeader(value: string): void {
    this.#secrets.hideEverywhere(value);
    const [, scheme, credentials = ""] = /^(\w+) (.+)$/.exec(value) ?? [];
    this.#secrets.hideEverywhere(credentials);
    if (scheme?.toLowerCase() === "basic") {
      const [, password = ""] = /^[^:]*:(.*)$/s.exec(Buffer.from(credentials, "base64").toString()) ?? [];
      this.#secrets.hideEverywhere(password);
    }
    for (const [, one = ""] of value.matchAll(/=([^;,\s]+)/g)) this.#secrets.hideEverywhere(one);
  }
}

import type { OpenRequest } from "@outsock/core";
import type { MessageEntry, OpenEntry } from "./entry.ts";
import { type JsonVisitor, mapJson } from "./map-json.ts";
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

  /** Of names that are made of parts, the parts that nobody makes up. */
  part(text: string): string {
    return this.#last(this.#part(text));
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
    const hidden = this.#pass(text);
    // What turned out to be a secret may stand before that, too.
    return this.#secrets.count === count ? hidden : this.#pass(hidden);
  }

  #pass(text: string): string {
    // For speed, one look at all of it instead of one at each string. Behind a backslash there may be anything.
    const mayHide = text.includes("\\") || this.#secrets.occurIn(text);
    const isDocument = mayHide && isJson(text);
    const changed = text.includes('"') || isDocument ? mapJson(text, this.#visitor(mayHide)) : text;
    // In JSON, what is neither a string nor a number cannot be a secret, and has to stay JSON.
    return mayHide && !isDocument ? this.#secrets.replaceIn(changed) : changed;
  }

  #visitor(mayHide: boolean): JsonVisitor {
    const secrets = this.#secrets;
    return {
      isSecretName,
      string: (value, standing) => {
        if (standing === "secret") return secrets.hideEverywhere(value);
        if (standing === "inside" && looksRandom(value)) return secrets.hideEverywhere(value);
        if (standing === "inside") return secrets.hide(value);
        return mayHide ? this.#pass(value) : value;
      },
      number: (digits) => {
        const stand = mayHide ? secrets.standOf(digits) : undefined;
        return stand === undefined ? digits : `"${stand}"`;
      },
    };
  }

  #part(text: string): string {
    return this.#secrets
      .replaceIn(text)
      .split(":")
      .map((part) => (looksRandom(part) ? this.#secrets.hideEverywhere(part) : part))
      .join(":");
  }

  #url(text: string): string {
    const { protocol, host, pathname, searchParams } = new URL(text);
    const path = pathname
      .split("/")
      .map((part) => this.#pathPart(part))
      .join("/");
    const query = [...searchParams].map(([name, value]) => {
      const isSecret = isSecretQueryName(name) || looksRandom(value);
      const stand = isSecret ? this.#secrets.hideEverywhere(value) : this.#secrets.hide(value);
      return `${encodeURIComponent(this.#part(name))}=${stand}`;
    });
    const url = this.#last(`${protocol}//${host}${path}${query.length === 0 ? "" : `?${query.join("&")}`}`);
    return URL.canParse(url) ? url : `${protocol}//***/`;
  }

  #pathPart(part: string): string {
    try {
      const plain = decodeURIComponent(part);
      const shown = this.#part(plain);
      return shown === plain ? part : encodeURIComponent(shown);
    } catch {
      return this.#part(part);
    }
  }

  #learnHeader(value: string): void {
    this.#secrets.hideEverywhere(value);
    const [, scheme, credentials = ""] = /^(\S+) (.+)$/.exec(value) ?? [];
    this.#secrets.hideEverywhere(credentials);
    if (scheme?.toLowerCase() === "basic") {
      const [, password = ""] = /^[^:]*:(.*)$/s.exec(Buffer.from(credentials, "base64").toString()) ?? [];
      this.#secrets.hideEverywhere(password);
    }
    for (const [, one = ""] of value.matchAll(/="?([^;,\s"]+)/g)) this.#secrets.hideEverywhere(one);
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

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

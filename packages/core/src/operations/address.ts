import { typeName } from "../options/checks.ts";
import { utf8 } from "../values.ts";

/** A validated URL: what to dial, what to show, and the credentials taken out of it. */
export interface Address {
  readonly href: string;
  /** Without userinfo and query. */
  readonly redacted: string;
  /** From userinfo, as HTTP Basic (RFC 7617). */
  readonly authorization?: string | undefined;
}

/** RFC 6455 section 3: ws: or wss:, no fragment. A string says why it is no address, as what follows "The URL cannot be dialled: ". */
export function parseAddress(input: unknown): Address | string {
  const url = toURL(input);
  if (url === undefined) return describeInput(input);
  const { protocol, username, password } = url;
  if (protocol !== "ws:" && protocol !== "wss:") {
    return `the scheme is ${protocol}//, it must be ws:// or wss://`;
  }
  if (url.hash !== "") return "a WebSocket URL has no #fragment";
  const authorization = username + password === "" ? undefined : basicAuthorization(username, password);
  if (authorization !== undefined) {
    url.username = "";
    url.password = "";
  }
  let { href } = url;
  // An empty fragment is none, yet its # is in the URL.
  if (href.endsWith("#")) href = href.slice(0, -1);
  const query = href.indexOf("?");
  const redacted = query < 0 ? href : href.slice(0, query) + (url.search === "" ? "" : "?***");
  return { href, redacted, authorization };
}

function toURL(input: unknown): URL | undefined {
  try {
    if (typeof input === "string") return new URL(input);
    return input instanceof URL ? new URL(input.href) : undefined;
  } catch {
    return undefined;
  }
}

function describeInput(input: unknown): string {
  if (input === "") return "it is empty";
  if (typeof input === "string") return "it is not an absolute URL such as wss://host/path";
  return `it is ${typeName(input)}, not a string or URL`;
}

function basicAuthorization(username: string, password: string): string {
  const credentials = utf8(`${decode(username)}:${decode(password)}`);
  // One by one: spread as arguments, long ones would not fit on the stack.
  return `Basic ${btoa(Array.from(credentials, (byte) => String.fromCharCode(byte)).join(""))}`;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

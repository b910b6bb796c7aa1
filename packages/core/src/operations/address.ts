/** A validated URL: what to dial, what to show, and the credentials taken out of it. */
export interface Address {
  readonly href: string;
  /** Without userinfo and query. */
  readonly redacted: string;
  /** From userinfo, as HTTP Basic (RFC 7617). */
  readonly authorization?: string;
}

export type ParsedAddress =
  | { readonly ok: true; readonly address: Address }
  | { readonly ok: false; readonly problem: string };

/** RFC 6455 section 3: ws: or wss:, no fragment. */
export function parseAddress(input: unknown): ParsedAddress {
  const url = toURL(input);
  if (url === undefined) return { ok: false, problem: describeInput(input) };
  if (url.protocol !== "ws:" && url.protocol !== "wss:") {
    return { ok: false, problem: `the scheme is ${url.protocol}//, it must be ws:// or wss://` };
  }
  if (url.hash !== "") return { ok: false, problem: "a WebSocket URL has no #fragment" };
  const authorization = basicAuthorization(url);
  if (authorization !== undefined) {
    url.username = "";
    url.password = "";
  }
  let { href } = url;
  // An empty fragment is none, yet its # is in the URL.
  if (href.endsWith("#")) href = href.slice(0, -1);
  // Each part that is asked for is cut out of the URL again: the most common kind hides nothing.
  const redacted = href.includes("?") ? redact(url) : href;
  const address = { href, redacted };
  return { ok: true, address: authorization === undefined ? address : { ...address, authorization } };
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
  return `it is ${input === null ? "null" : typeof input}, not a string or URL`;
}

function redact(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}${url.search === "" ? "" : "?***"}`;
}

function basicAuthorization(url: URL): string | undefined {
  if (url.username === "" && url.password === "") return undefined;
  const credentials = new TextEncoder().encode(`${decode(url.username)}:${decode(url.password)}`);
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

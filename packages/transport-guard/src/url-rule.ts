import { parseHost } from "./host.ts";

/**
 * A pattern for URLs: `[scheme://]host[:port]`. The scheme is `ws` or `wss`. The host is a name or an IP literal, `*` for
 * every host, or `*.example.com` for every name below `example.com` but not that name itself. An absent part matches
 * everything. Hosts are compared as the URL parser writes them (WHATWG URL section 3.5), without trailing dots; the labels of a
 * name have letters, digits, underscores and inner hyphens. A URL without a port has port 80 or 443.
 */
export type UrlRule = string;

/** What is dialled for a URL. */
interface UrlTarget {
  readonly protocol: string;
  readonly host: string;
  readonly port: number;
}

export type UrlMatcher = (target: UrlTarget) => boolean;

/** Parses patterns; `name` is the option's name. @throws TypeError for an invalid pattern. */
export function parseUrlRules(name: string, rules: readonly UrlRule[]): readonly UrlMatcher[] {
  return rules.map((rule, index) => {
    const parsed = parseUrlRule(rule);
    if (typeof parsed === "function") return parsed;
    throw new TypeError(`guarded: ${name}[${index}] ${parsed}; a pattern is [ws://|wss://]host[:port]`);
  });
}

/** Returns the problem as text. */
function parseUrlRule(rule: UrlRule): UrlMatcher | string {
  const [, scheme, rest = ""] = /^(?:([^:/]*):\/\/)?(.*)$/s.exec(rule) ?? [];
  if (scheme !== undefined && !/^wss?$/i.test(scheme)) return "has a scheme that is neither ws nor wss";
  if (rest.includes("@")) return "has userinfo";
  if (/[/\\?#]/.test(rest)) return "has a path, a query or a fragment";
  const [parsed, hostText = "", portText] = /^(\[.*\]|[^:[\]]*)(?::([^:]*))?$/s.exec(rest) ?? [];
  if (parsed === undefined) return "has an invalid host (IPv6 needs brackets)";
  const port = portText === undefined ? undefined : parsePort(portText);
  if (port === null) return "has an invalid port (1 to 65535)";
  const host = parseHostRule(hostText);
  if (typeof host === "string") return host;
  const protocol = scheme === undefined ? undefined : `${scheme.toLowerCase()}:`;
  return (target) =>
    (protocol === undefined || protocol === target.protocol) &&
    (port === undefined || port === target.port) &&
    host(target.host);
}

const nameRule = "write one name, of letters, digits, _ and inner -, with single dots";

/** The URL parser accepts more (`a.com,b.com`), but in a pattern that is a mistake, which would deny nothing as intended. */
function isName(host: string): boolean {
  return host.split(".").every((label) => /^(?!-)[a-z0-9_-]+(?<!-)$/.test(label));
}

function parsePort(text: string): number | null {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  return port >= 1 && port <= 65_535 ? port : null;
}

function parseHostRule(text: string): ((host: string) => boolean) | string {
  if (text === "") return "has no host";
  if (text === "*") return () => true;
  const isBelow = text.startsWith("*.");
  const host = /\s/.test(text) ? undefined : parseHost(isBelow ? text.slice(2) : text);
  if (host === undefined) return "has an invalid host";
  if (host.name.includes("*")) return 'has a * that is neither the whole host nor a leading "*."';
  if (host.address === undefined && !isName(host.name)) return `has an invalid host (${nameRule})`;
  if (!isBelow) return (name) => name === host.name;
  if (host.address !== undefined) return "has a * before an address";
  const end = `.${host.name}`;
  return (name) => name.length > end.length && name.endsWith(end);
}

import type { GuardOptions } from "./guard-options.ts";
import { parseHost } from "./host.ts";
import { parseUrlRules } from "./url-rule.ts";

const defaultPorts: ReadonlyMap<string, number> = new Map([
  ["ws:", 80],
  ["wss:", 443],
]);

/**
 * Returns the function that decides which URLs may be dialled, including literal addresses in them. It is false for
 * anything other than a WebSocket URL.
 *
 * @throws TypeError for an invalid pattern.
 */
export function urlPolicy(
  options: GuardOptions,
  allowAddress: (address: string) => boolean,
): (url: string) => boolean {
  const allow = parseUrlRules("allow", options.allow ?? ["*"]);
  const deny = parseUrlRules("deny", options.deny ?? []);
  return (text) => {
    const url = parseUrl(text);
    const defaultPort = defaultPorts.get(url?.protocol ?? "");
    const host = parseHost(url?.hostname ?? "");
    if (url === undefined || defaultPort === undefined || host === undefined) return false;
    const port = url.port === "" ? defaultPort : Number(url.port);
    const target = { protocol: url.protocol, host: host.name, port };
    if (deny.some((matches) => matches(target)) || !allow.some((matches) => matches(target))) return false;
    return host.address === undefined || allowAddress(host.name);
  };
}

function parseUrl(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}

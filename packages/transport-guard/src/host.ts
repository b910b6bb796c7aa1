import { type IpAddress, parseIpAddress } from "./ip-address.ts";

/** A host in the one form in which it is compared. */
export interface Host {
  /** Without the brackets and the trailing dots that URLs have. */
  readonly name: string;
  /** Where the host is an IP literal. */
  readonly address?: IpAddress;
}

/**
 * A host as the URL parser understands it (WHATWG URL section 3.5): lower case, punycode, an IPv4 address in any spelling
 * as four decimal numbers. An IPv4-mapped IPv6 address is the IPv4 address. Nothing where it is no host.
 */
export function parseHost(text: string): Host | undefined {
  // With a second dot at its end even an address is a name to the URL parser; without, it is an address again.
  const hostname = hostnameOf(text)?.replace(/\.+$/, "");
  const name = hostname === undefined ? undefined : hostnameOf(hostname);
  if (name === undefined) return undefined;
  const address = parseIpAddress(name.replace(/^\[|\]$/g, ""));
  return address === undefined ? { name } : { name: address.toString(), address };
}

function hostnameOf(text: string): string | undefined {
  try {
    return new URL(`ws://${text}`).hostname;
  } catch {
    return undefined;
  }
}

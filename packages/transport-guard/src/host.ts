import { type IpAddress, parseIpAddress } from "./ip-address.ts";

/** A host in its canonical form, for comparisons. */
export interface Host {
  /** Without the brackets and trailing dots of URLs. */
  readonly name: string;
  /** Present if the host is an IP literal. */
  readonly address?: IpAddress;
}

/**
 * A host as the URL parser understands it (WHATWG URL section 3.5): lower case, punycode, an IPv4 address in any spelling
 * as four decimal numbers. An IPv4-mapped IPv6 address becomes the IPv4 address. `undefined` if it is not a host.
 */
export function parseHost(text: string): Host | undefined {
  // With two dots at its end an address is a name to the URL parser; without them it is an address again.
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

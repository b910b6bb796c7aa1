import ipaddr from "ipaddr.js";

export type IpAddress = ipaddr.IPv4 | ipaddr.IPv6;

/** A network and the length of its prefix. */
export type IpRange = readonly [network: IpAddress, bits: number];

/**
 * Parses an address as resolvers and URLs write it, and unwraps an IPv4-mapped one. `undefined` if it is not an address, has a
 * zone, or is IPv4 in a spelling that programs parse differently.
 */
export function parseIpAddress(text: string): IpAddress | undefined {
  // ipaddr.js throws and catches for names, and most hosts are names.
  if (/^[\d.]+$/.test(text) && ipaddr.IPv4.isValidFourPartDecimal(text)) return ipaddr.IPv4.parse(text);
  if (!/^[0-9a-f.]*:[0-9a-f:.]*$/i.test(text)) return undefined;
  try {
    // ipaddr.js parses ::127.0.0.1 as ::ffff:127.0.0.1. The URL parser does not, and its output has no dots.
    return ipaddr.process(new URL(`ws://[${text}]`).hostname.slice(1, -1));
  } catch {
    return undefined;
  }
}

/** Parses "10.0.0.0/8", or an address as a range of one. Returns the problem as text. */
export function parseIpRange(text: string): IpRange | string {
  const [, host = "", prefix] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const address = parseIpAddress(host);
  if (address === undefined) return "is neither an IP address nor a range such as 10.0.0.0/8";
  if (host.includes(":") && address.kind() === "ipv4") return "is IPv4 in IPv6; write it as IPv4";
  const most = address.kind() === "ipv4" ? 32 : 128;
  const bits = prefix === undefined ? most : Number(prefix);
  if (bits > most) return `has a prefix longer than ${most}`;
  if (hasBitsBeyond(address, bits)) return "has bits set beyond its prefix";
  return [address, bits];
}

/** 10.1.2.3/8 is more likely a mistake than a range. */
function hasBitsBeyond(address: IpAddress, bits: number): boolean {
  return address.toByteArray().some((byte, index) => {
    const kept = Math.min(Math.max(bits - index * 8, 0), 8);
    return (byte & (0xff >> kept)) !== 0;
  });
}

/** IPv6 prefixes whose addresses embed an IPv4 address, and its offset in bytes. */
const embeddingRanges: readonly (readonly [network: IpAddress, bits: number, offset: number])[] = [
  [ipaddr.IPv6.parse("64:ff9b::"), 96, 12], // NAT64, RFC 6052 section 2.1
  [ipaddr.IPv6.parse("2002::"), 16, 2], // 6to4, RFC 3056 section 2
];

/** The IPv4 address that an IPv6 address embeds, if its prefix is known to. */
export function embeddedIPv4(address: IpAddress): IpAddress | undefined {
  const range = embeddingRanges.find(([network, bits]) => isWithin(address, [network, bits]));
  if (range === undefined) return undefined;
  const [, , offset] = range;
  return new ipaddr.IPv4(address.toByteArray().slice(offset, offset + 4));
}

export function isWithin(address: IpAddress, [network, bits]: IpRange): boolean {
  return address.kind() === network.kind() && address.match(network, bits);
}

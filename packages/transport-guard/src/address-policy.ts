import type { GuardOptions } from "./guard-options.ts";
import {
  embeddedIPv4,
  type IpAddress,
  type IpRange,
  isWithin,
  parseIpAddress,
  parseIpRange,
} from "./ip-address.ts";

/** Refused unless listed explicitly: link-local addresses, and those where clouds serve credentials. */
const guardedRanges: readonly IpRange[] = [
  "169.254.0.0/16", // RFC 3927; the metadata of AWS, Azure, Google Cloud and most others
  "fe80::/10", // RFC 4291 section 2.5.6
  "100.100.100.200", // Alibaba Cloud, within carrier-grade NAT
  "168.63.129.16", // Azure, a public address that its machines reach internally
  "192.0.0.192", // Oracle Cloud
  "fd00:ec2::/32", // AWS: metadata ::254, credentials of pods ::23
  "fd20:ce::254", // Google Cloud
  "fd00:42::42", // Scaleway
].map(rangeOf);

/** The part of IPv6 with public addresses (RFC 4291 section 2.4, IANA). ipaddr.js calls the rest of the space unicast too. */
const publicIPv6: IpRange = rangeOf("2000::/3");

/** RFC 1918, RFC 1122, RFC 6598, RFC 4193, by their names in ipaddr.js. */
const privateRanges: ReadonlySet<string> = new Set(["private", "loopback", "carrierGradeNat", "uniqueLocal"]);

/**
 * Returns the function that decides which addresses may be dialled. By default only public ones: those that the registries of
 * special addresses (RFC 6890, IANA) do not list. For NAT64 and 6to4 the embedded IPv4 address has to be allowed too.
 *
 * @throws TypeError for an invalid range.
 */
export function addressPolicy({
  allowPrivate = false,
  allowAddresses = [],
}: GuardOptions): (address: string) => boolean {
  const named = allowAddresses.map((text, index) => rangeOf(text, index));
  const allowed = (address: IpAddress): boolean => isAllowed(address, named, allowPrivate);
  return (text) => {
    const address = parseIpAddress(text);
    if (address === undefined || !allowed(address)) return false;
    const embedded = embeddedIPv4(address);
    return embedded === undefined || allowed(embedded);
  };
}

function isAllowed(address: IpAddress, named: readonly IpRange[], allowPrivate: boolean): boolean {
  const guarded = guardedRanges.find((range) => isWithin(address, range));
  // If two ranges have an address in common, the one with the longer prefix lies within the other.
  const atLeast = guarded?.[1] ?? 0;
  if (named.some((range) => range[1] >= atLeast && isWithin(address, range))) return true;
  if (guarded !== undefined) return false;
  return isPublic(address) || (allowPrivate && privateRanges.has(address.range()));
}

function isPublic(address: IpAddress): boolean {
  if (address.range() !== "unicast") return false;
  return address.kind() === "ipv4" || isWithin(address, publicIPv6);
}

function rangeOf(text: string, index: number = 0): IpRange {
  const range = parseIpRange(text);
  if (typeof range === "string") throw new TypeError(`guarded: allowAddresses[${index}] ${range}`);
  return range;
}

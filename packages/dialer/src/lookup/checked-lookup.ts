import { type LookupAddress, type LookupOptions, lookup } from "node:dns";
import type { LookupFunction } from "node:net";
import { TransportError } from "@outsock/core";

export type AllowAddress = (address: string) => boolean;

/** Finds all addresses of a name. */
export type LookupAll = (hostname: string, options: LookupOptions) => Promise<readonly LookupAddress[]>;

/** Throws URL_FORBIDDEN for an address that is not allowed. A function of the caller that throws allows nothing. */
export function checkAddress(allowAddress: AllowAddress, address: string): void {
  try {
    if (allowAddress(address)) return;
  } catch {}
  throw new TransportError("URL_FORBIDDEN", "the address is not allowed");
}

/** Asks the system. */
export function lookupAll(hostname: string, options: LookupOptions): Promise<readonly LookupAddress[]> {
  return new Promise((resolve, reject) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) reject(error);
      else resolve(addresses);
    });
  });
}

/**
 * In place of `dns.lookup`, for `net.connect`: resolves a name and checks every address found, at the moment it would be
 * dialed, so DNS rebinding gains nothing. Which of the addresses is dialed is decided later, so one that is not allowed
 * fails the lookup with URL_FORBIDDEN.
 *
 * The promise answers each caller in its own asynchronous context, also where callers share a query: an address rule may
 * look there for the tenant it decides for.
 */
export function checkedLookup(
  allowAddress: AllowAddress | undefined,
  find: LookupAll = lookupAll,
): LookupFunction {
  const check = (addresses: readonly LookupAddress[]): readonly LookupAddress[] => {
    if (allowAddress) for (const { address } of addresses) checkAddress(allowAddress, address);
    return addresses;
  };
  return (hostname, options, callback) => {
    const answer = (addresses: readonly LookupAddress[]): void => {
      const [first] = addresses;
      if (options.all) callback(null, [...addresses]);
      else callback(null, first?.address ?? "", first?.family);
    };
    // A callback that throws gets the error, which then fails the connection; a second throw is ignored.
    find(hostname, options)
      .then(check)
      .then(answer)
      .catch((error) => callback(error, []))
      .catch(() => undefined);
  };
}

import { type LookupAddress, type LookupOptions, lookup as systemLookup } from "node:dns";
import type { LookupFunction } from "node:net";
import { forbiddenAddress } from "./ws-error.ts";

type AllowAddress = (address: string) => boolean;

/** False also where the caller's function throws: nothing may be dialled that nobody allowed. */
export function isAllowed(allowAddress: AllowAddress, address: string): boolean {
  try {
    return allowAddress(address);
  } catch {
    return false;
  }
}

/**
 * Resolves a name as `net.connect` does and asks about every address found, at the moment it would be dialled: a name
 * that resolved to something else a moment ago (DNS rebinding) gains nothing. One refused address refuses the name.
 */
export function checkedLookup(
  allowAddress: AllowAddress,
  lookup: LookupFunction = systemLookup,
): LookupFunction {
  return (hostname, options: LookupOptions, callback) => {
    lookup(hostname, options, (error, found: string | LookupAddress[], family) => {
      if (error !== null) return callback(error, found, family);
      const addresses = typeof found === "string" ? [found] : found.map(({ address }) => address);
      const allowed = addresses.every((address) => isAllowed(allowAddress, address));
      callback(allowed ? null : forbiddenAddress(), found, family);
    });
  };
}

import { type LookupAddress, type LookupOptions, lookup } from "node:dns";
import type { LookupFunction } from "node:net";
import { forbiddenAddress } from "./ws-error.ts";

/**
 * Resolves a name as `net.connect` does and asks about every address found, at the moment it would be dialled: a name
 * that resolved to something else a moment ago (DNS rebinding) gains nothing. One refused address refuses the name.
 */
export function checkedLookup(allowAddress: (address: string) => boolean): LookupFunction {
  return (hostname, options: LookupOptions, callback) => {
    lookup(hostname, options, (error, found: string | LookupAddress[], family) => {
      if (error !== null) return callback(error, found, family);
      const addresses = typeof found === "string" ? [found] : found.map(({ address }) => address);
      if (addresses.every(allowAddress)) callback(null, found, family);
      else callback(forbiddenAddress(), found, family);
    });
  };
}

import { lookup as systemLookup } from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import { forbiddenAddress } from "../dial-error.ts";

export type AllowAddress = (address: string) => boolean;

/** A function of the caller that throws allows nothing. */
function isAllowed(allowAddress: AllowAddress, address: string): boolean {
  try {
    return allowAddress(address);
  } catch {
    return false;
  }
}

/** Throws URL_FORBIDDEN for an IP literal that is not allowed: a literal is never looked up. */
export function checkLiteral(host: string, allowAddress: AllowAddress): void {
  if (isIP(host) !== 0 && !isAllowed(allowAddress, host)) throw forbiddenAddress();
}

/**
 * Resolves a name for `net.connect` and checks every address found, at the moment it would be dialed, so DNS rebinding
 * gains nothing. Which of the addresses is dialed is decided later, so one that is not allowed fails the lookup with
 * URL_FORBIDDEN.
 */
export function checkedLookup(
  allowAddress: AllowAddress,
  lookup: LookupFunction = systemLookup,
): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      const addresses = typeof found === "object" ? found : [];
      const [first] = addresses;
      if (error || first === undefined) return callback(error, []);
      if (!addresses.every(({ address }) => isAllowed(allowAddress, address)))
        callback(forbiddenAddress(), []);
      else if (options.all) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}

import { lookup } from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import { TransportError } from "@outsock/core";

type AllowAddress = (address: string) => boolean;

const forbidden = (): TransportError =>
  new TransportError("URL_FORBIDDEN", "the address behind this host is not allowed");

/** False also where the caller's function throws: nothing may be dialled that nobody allowed. */
function isAllowed(allowAddress: AllowAddress, address: string): boolean {
  try {
    return allowAddress(address);
  } catch {
    return false;
  }
}

/** Throws URL_FORBIDDEN where the host is an IP literal that is not allowed. A literal never reaches a lookup. */
export function checkLiteral(host: string, allowAddress: AllowAddress): void {
  if (isIP(host) !== 0 && !isAllowed(allowAddress, host)) throw forbidden();
}

/**
 * A lookup that fails with URL_FORBIDDEN as soon as one of the host's addresses is not allowed: which of them would be
 * dialled is decided later, so each has to be.
 */
export function guardedLookup(allowAddress: AllowAddress): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      const [first] = addresses ?? [];
      if (error || first === undefined) return callback(error, []);
      if (!addresses.every(({ address }) => isAllowed(allowAddress, address)))
        return callback(forbidden(), []);
      return options.all ? callback(null, addresses) : callback(null, first.address, first.family);
    });
  };
}

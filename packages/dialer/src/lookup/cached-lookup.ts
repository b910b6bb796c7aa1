import type { LookupAddress } from "node:dns";
import { setBounded } from "../bounded-map.ts";
import { type LookupAll, lookupAll } from "./checked-lookup.ts";

const maxNames = 1_000;

interface CacheEntry {
  readonly addresses: Promise<readonly LookupAddress[]>;
  readonly untilMs: number;
}

/** Caches the addresses of names for a while. Failures are not cached, and concurrent lookups of a name share one query. */
export interface LookupCache {
  /** All addresses of a name, from the cache or from the system. */
  readonly find: LookupAll;
  /** To be called when none of a name's addresses could be connected to. */
  forget(hostname: string): void;
}

export function lookupCache(keepMs: number): LookupCache {
  const entries = new Map<string, CacheEntry>();
  return {
    find(hostname, options) {
      const key = `${hostname}|${options.family}|${options.hints}`;
      const cached = entries.get(key);
      if (cached && performance.now() < cached.untilMs) return cached.addresses;
      const addresses = lookupAll(hostname, options);
      entries.set(key, { addresses, untilMs: Number.POSITIVE_INFINITY });
      addresses.then(
        () => setBounded(entries, key, { addresses, untilMs: performance.now() + keepMs }, maxNames),
        () => entries.delete(key),
      );
      return addresses;
    },
    forget(hostname) {
      for (const key of entries.keys()) if (key.startsWith(`${hostname}|`)) entries.delete(key);
    },
  };
}

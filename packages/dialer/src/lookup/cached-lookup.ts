import type { LookupAddress } from "node:dns";
import { BoundedMap } from "@outsock/core/adapter";
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
  const names = new BoundedMap<string, Map<string, CacheEntry>>(maxNames);
  return {
    find(hostname, options) {
      // `forget` drops this map: a lookup that is pending then cannot change the entries of a later one.
      const forms = names.get(hostname) ?? new Map<string, CacheEntry>();
      const form = `${options.family}|${options.hints}`;
      const cached = forms.get(form);
      if (cached && performance.now() < cached.untilMs) return cached.addresses;
      const entry = { addresses: lookupAll(hostname, options), untilMs: Number.POSITIVE_INFINITY };
      forms.set(form, entry);
      names.set(hostname, forms);
      entry.addresses.then(
        () => {
          entry.untilMs = performance.now() + keepMs;
        },
        () => {
          forms.delete(form);
          if (forms.size === 0 && names.get(hostname) === forms) names.take(hostname);
        },
      );
      return entry.addresses;
    },
    forget(hostname) {
      names.take(hostname);
    },
  };
}

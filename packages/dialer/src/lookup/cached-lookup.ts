import type { LookupAddress, LookupOptions } from "node:dns";
import { setBounded } from "../bounded-map.ts";
import { lookupAll } from "./checked-lookup.ts";

const maxNames = 1_000;

interface CacheEntry {
  readonly addresses: Promise<readonly LookupAddress[]>;
  readonly untilMs: number;
}

/** Caches the addresses of names for a while. Failures are not cached, and concurrent lookups of a name share one query. */
export class CachedLookup {
  readonly #keepMs: number;
  readonly #entries: Map<string, CacheEntry> = new Map();

  constructor(keepMs: number) {
    this.#keepMs = keepMs;
  }

  /** All addresses of a name, from the cache or from the system. */
  find(hostname: string, options: LookupOptions): Promise<readonly LookupAddress[]> {
    const key = `${hostname}|${options.family ?? 0}|${options.hints ?? 0}`;
    const cached = this.#entries.get(key);
    if (cached && performance.now() < cached.untilMs) return cached.addresses;
    const addresses = lookupAll(hostname, options);
    this.#entries.set(key, { addresses, untilMs: Number.POSITIVE_INFINITY });
    addresses.then(
      () =>
        setBounded(this.#entries, key, { addresses, untilMs: performance.now() + this.#keepMs }, maxNames),
      () => this.#entries.delete(key),
    );
    return addresses;
  }

  /** To be called when none of a name's addresses could be connected to. */
  forget(hostname: string): void {
    for (const key of this.#entries.keys()) if (key.startsWith(`${hostname}|`)) this.#entries.delete(key);
  }
}

import type { TlsOptions } from "@outsock/core";
import { CachedLookup } from "./cached-lookup.ts";
import { TlsClient } from "./tls-client.ts";

/** What all attempts of one transport share. */
export interface Dialler {
  readonly tls: TlsClient;
  /** Absent: every attempt asks the system. */
  readonly lookupCache: CachedLookup | undefined;
}

export interface DiallerOptions {
  readonly tls: TlsOptions;
  readonly lookupCacheMs: number;
}

export function createDialler({ tls, lookupCacheMs }: DiallerOptions): Dialler {
  const lookupCache = lookupCacheMs === 0 ? undefined : new CachedLookup(lookupCacheMs);
  return { tls: new TlsClient(tls), lookupCache };
}

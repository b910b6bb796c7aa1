import { AsyncResource } from "node:async_hooks";
import { type LookupAddress, type LookupOptions, lookup } from "node:dns";
import type { LookupFunction } from "node:net";
import { setBounded } from "../bounded-map.ts";

const maxNames = 1_000;

type Answer = (error: Error | null, addresses: readonly LookupAddress[]) => void;

type CacheEntry =
  | { readonly state: "pending"; readonly waiting: Answer[] }
  | { readonly state: "known"; readonly addresses: readonly LookupAddress[]; readonly untilMs: number };

/** Caches the addresses of names for a while. Failures are not cached, and concurrent lookups of a name share one query. */
export class CachedLookup {
  readonly #keepMs: number;
  readonly #entries: Map<string, CacheEntry> = new Map();

  constructor(keepMs: number) {
    this.#keepMs = keepMs;
  }

  /** In place of `dns.lookup`, for `net.connect`. */
  readonly lookup: LookupFunction = (hostname, options: LookupOptions, callback) => {
    this.#find(hostname, options, (error, addresses) => {
      const [first] = addresses;
      if (error !== null || options.all === true) callback(error, [...addresses]);
      else callback(null, first?.address ?? "", first?.family);
    });
  };

  /** To be called when none of a name's addresses could be connected to. */
  forget(hostname: string): void {
    for (const key of this.#entries.keys()) if (key.startsWith(`${hostname}|`)) this.#entries.delete(key);
  }

  #find(hostname: string, options: LookupOptions, answer: Answer): void {
    const key = `${hostname}|${options.family ?? 0}|${options.hints ?? 0}`;
    const entry = this.#entries.get(key);
    if (entry?.state === "pending") {
      entry.waiting.push(AsyncResource.bind(answer));
    } else if (entry !== undefined && performance.now() < entry.untilMs) {
      // Asynchronous, as the system's answer is: the socket is not ready for it yet.
      process.nextTick(answer, null, entry.addresses);
    } else {
      this.#query(key, hostname, options, answer);
    }
  }

  #query(key: string, hostname: string, options: LookupOptions, answer: Answer): void {
    // Each in the asynchronous context of its caller: an address rule may look there for the tenant it decides for.
    const waiting = [AsyncResource.bind(answer)];
    this.#entries.set(key, { state: "pending", waiting });
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      this.#entries.delete(key);
      if (error === null) {
        const untilMs = performance.now() + this.#keepMs;
        setBounded(this.#entries, key, { state: "known", addresses, untilMs }, maxNames);
      }
      for (const settle of waiting) settle(error, addresses ?? []);
    });
  }
}

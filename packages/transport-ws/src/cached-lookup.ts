import { AsyncResource } from "node:async_hooks";
import { type LookupAddress, type LookupOptions, lookup } from "node:dns";
import type { LookupFunction } from "node:net";

/** Names that are remembered. */
const mostNames = 1_000;

type Answer = (error: Error | null, addresses: readonly LookupAddress[]) => void;

type Entry =
  | { readonly state: "asking"; readonly waiting: Answer[] }
  | { readonly state: "known"; readonly addresses: readonly LookupAddress[]; readonly untilMs: number };

/** Remembers the addresses of names for a while. A failure is not remembered, and a question is asked once at a time. */
export class CachedLookup {
  readonly #keepMs: number;
  readonly #entries: Map<string, Entry> = new Map();

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

  /** After none of a name's addresses answered. */
  forget(hostname: string): void {
    for (const key of this.#entries.keys()) if (key.startsWith(`${hostname}|`)) this.#entries.delete(key);
  }

  #find(hostname: string, options: LookupOptions, answer: Answer): void {
    const key = `${hostname}|${options.family ?? 0}|${options.hints ?? 0}`;
    const entry = this.#entries.get(key);
    if (entry?.state === "asking") {
      entry.waiting.push(inContext(answer));
    } else if (entry !== undefined && performance.now() < entry.untilMs) {
      // Later, as the system's answer would come: a socket is not ready for it yet.
      process.nextTick(answer, null, entry.addresses);
    } else {
      this.#ask(key, hostname, options, answer);
    }
  }

  #ask(key: string, hostname: string, options: LookupOptions, answer: Answer): void {
    const waiting = [inContext(answer)];
    this.#entries.set(key, { state: "asking", waiting });
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      this.#entries.delete(key);
      if (error === null) this.#keep(key, addresses);
      for (const tell of waiting) tell(error, addresses ?? []);
    });
  }

  #keep(key: string, addresses: readonly LookupAddress[]): void {
    this.#entries.set(key, { state: "known", addresses, untilMs: performance.now() + this.#keepMs });
    const [oldest] = this.#entries.keys();
    if (oldest !== undefined && this.#entries.size > mostNames) this.#entries.delete(oldest);
  }
}

/** In the asynchronous context of the one who asks: an address rule may look there for whom it decides. */
function inContext(answer: Answer): Answer {
  return AsyncResource.bind(answer);
}

import { BoundedMap } from "./bounded-map.ts";

/** Most programs use a few URLs; one that uses more than this parses again. */
const mostUrls = 1_000;

/** A value that is derived from a URL, computed once for each URL. Remembers the last 1,000 URLs. */
export class PerUrl<Value> {
  readonly #make: (url: string) => Value;
  readonly #made: BoundedMap<string, { readonly value: Value }> = new BoundedMap(mostUrls);

  /** @param make Derives the value from a URL. */
  constructor(make: (url: string) => Value) {
    this.#make = make;
  }

  /** The value for a URL. */
  of(url: string): Value {
    let made = this.#made.get(url);
    if (made === undefined) {
      made = { value: this.#make(url) };
      this.#made.set(url, made);
    }
    return made.value;
  }
}

/** A server by host name or IP address (without brackets) and port. */
export interface Server {
  readonly address: string;
  readonly port: number;
}

/** The server of a URL, with the scheme's default port where the URL has none. Undefined for an invalid URL. */
export function serverOf(url: string): Server | undefined {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    return undefined;
  }
  const { hostname, port, protocol } = parsed;
  // An IPv6 address has brackets in a URL and nowhere else.
  const address = hostname.startsWith("[") ? hostname.slice(1, -1) : hostname;
  const defaultPort = protocol === "wss:" ? 443 : 80;
  return { address, port: port === "" ? defaultPort : Number(port) };
}

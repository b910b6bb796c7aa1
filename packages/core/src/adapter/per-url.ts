import { BoundedMap } from "./bounded-map.ts";

/** So many URLs are remembered: a program has few, and one that has many pays for parsing. */
const mostUrls = 1_000;

/** What is made of a URL, made once for each. */
export class PerUrl<Value> {
  readonly #make: (url: string) => Value;
  readonly #made: BoundedMap<string, { readonly value: Value }> = new BoundedMap(mostUrls);

  constructor(make: (url: string) => Value) {
    this.#make = make;
  }

  of(url: string): Value {
    let made = this.#made.get(url);
    if (made === undefined) {
      made = { value: this.#make(url) };
      this.#made.set(url, made);
    }
    return made.value;
  }
}

/** Who is dialled: the name or address and the port, the scheme's own where the URL has none. */
export interface Server {
  readonly address: string;
  readonly port: number;
}

/** The server of a URL; the path and all else of it stays out. Undefined for what is no URL. */
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

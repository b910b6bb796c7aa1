import type { OpenRequest } from "@outsock/core";

type AllowAddress = NonNullable<OpenRequest["allowAddress"]>;

/** Gives requests that may share connections the same key. */
export class Keys {
  readonly #rules: WeakMap<AllowAddress, number> = new WeakMap();
  #ruleCount = 0;

  /**
   * Everything that the handshake carries, and what was promised of the connection: its message limit, and the rule that
   * its address was held to. The credentials of TLS belong to the transport below.
   */
  of({ url, headers, protocols, maxMessageBytes, allowAddress }: OpenRequest): string {
    const named = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
    named.sort(([a = ""], [b = ""]) => (a < b ? -1 : 1));
    return JSON.stringify([url, named, protocols, maxMessageBytes, this.#rule(allowAddress)]);
  }

  #rule(allowAddress: AllowAddress | undefined): number {
    if (allowAddress === undefined) return 0;
    const known = this.#rules.get(allowAddress);
    if (known !== undefined) return known;
    this.#ruleCount += 1;
    this.#rules.set(allowAddress, this.#ruleCount);
    return this.#ruleCount;
  }
}

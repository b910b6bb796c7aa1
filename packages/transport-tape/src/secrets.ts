/** Names in JSON whose strings are secret. */
const secretNames =
  /pass(?:word|phrase|wd|code)?$|pwd$|secret|token$|api[-_]?key|access[-_]?key|private[-_]?key|authorization|credentials?$|cookie|signature$|jwt$/i;

/** As part of a longer text: a JSON Web Token (RFC 7519), or what follows the name of an HTTP authentication scheme. */
const secretLooks =
  /\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*|(?<=\bBearer )[\w.~+/=-]{8,}|(?<=\bBasic )(?=[a-z]*[A-Z\d+/=])[\w+/=-]{8,}/g;

/** What nobody makes up by hand: keys and ids in paths and subprotocols. */
const randomLooks = /^(?=.*\d)(?=.*[A-Za-z])[\w.~+=-]{16,}$/;

/** Shorter ones are replaced where they are known to be secret, and not wherever they occur. */
const shortestKnown = 6;

/** So many are remembered; beyond, a secret is still replaced where it is known to be one. */
const mostKnown = 2_000;

/** Of these, as many may be no secrets, but only not to be shown where they are: values of queries. */
const mostHidden = 1_000;

export function isSecretName(name: string): boolean {
  return secretNames.test(name);
}

/** In a query, where names are short. */
export function isSecretQueryName(name: string): boolean {
  return isSecretName(name) || /^(?:key|auth|sig|code|sid|session)$/i.test(name);
}

export function looksRandom(text: string): boolean {
  return randomLooks.test(text);
}

/** A stand-in, as written to a tape. */
export const placeholder: RegExp = /\*\*\*\d*/g;

/** Gives every secret a stand-in of its own, the same wherever it occurs on a tape. */
export class Secrets {
  readonly #stands: Map<string, string> = new Map();
  readonly #everywhere: Set<string> = new Set();
  /** The longest first, as one may be part of another. */
  #longestFirst: readonly string[] = [];

  /** The stand-in for a value that is not to be shown here. */
  hide(value: string): string {
    return this.#standFor(value, mostHidden);
  }

  /** The stand-in for a secret: from now on it is shown nowhere. */
  hideEverywhere(secret: string): string {
    const stand = this.#standFor(secret, mostKnown);
    const isNew = this.#stands.has(secret) && !this.#everywhere.has(secret);
    if (isNew && secret.length >= shortestKnown) {
      this.#everywhere.add(secret);
      this.#longestFirst = [...this.#everywhere].sort((a, b) => b.length - a.length);
    }
    return stand;
  }

  /** How many are shown nowhere. */
  get count(): number {
    return this.#everywhere.size;
  }

  /** Whether there is anything to replace in a text. */
  occurIn(text: string): boolean {
    return text.search(secretLooks) >= 0 || this.#longestFirst.some((secret) => text.includes(secret));
  }

  /** The stand-in for what is a secret as a whole. */
  standOf(text: string): string | undefined {
    return this.#everywhere.has(text) ? this.#stands.get(text) : undefined;
  }

  /** A text without the secrets in it; `written` says how they would be written there. */
  replaceIn(text: string, written: (secret: string) => string = (secret) => secret): string {
    let hidden = text.replace(secretLooks, (secret) => this.hideEverywhere(secret));
    for (const secret of this.#longestFirst) hidden = hidden.replaceAll(written(secret), this.hide(secret));
    return hidden;
  }

  #standFor(value: string, most: number): string {
    if (value.replace(placeholder, "") === "") return value;
    const known = this.#stands.get(value);
    if (known !== undefined) return known;
    if (this.#stands.size >= most) return "***";
    const stand = `***${this.#stands.size + 1}`;
    this.#stands.set(value, stand);
    return stand;
  }
}

/** Names in JSON whose strings are secret. */
const secretNames =
  /pass(?:word|phrase|wd|code)?$|secret|token$|api[-_]?key|access[-_]?key|private[-_]?key|authorization|credentials?$|cookie|signature$|jwt$/i;

/** As part of a longer text: a JSON Web Token (RFC 7519), or what follows the name of an HTTP authentication scheme. */
const secretLooks = /\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*|(?<=\b(?:Bearer|Basic) )[\w.~+/=-]{8,}/g;

/** What nobody makes up by hand: keys and ids in paths and subprotocols. */
const randomLooks = /^(?=.*\d)(?=.*[A-Za-z])[\w.~-]{16,}$/;

/** Shorter ones are replaced where they are known to be secret, and not wherever they occur. */
const shortestKnown = 6;

/** So many are remembered; beyond, a secret is still replaced where it is known to be one. */
const mostKnown = 1_000;

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

  /** The stand-in for a value that is not to be shown here. */
  hide(value: string): string {
    if (value.replace(placeholder, "") === "") return value;
    const known = this.#stands.get(value);
    if (known !== undefined) return known;
    if (this.#stands.size >= mostKnown) return "***";
    const stand = `***${this.#stands.size + 1}`;
    this.#stands.set(value, stand);
    return stand;
  }

  /** The stand-in for a secret: from now on it is shown nowhere. */
  hideEverywhere(secret: string): string {
    const stand = this.hide(secret);
    if (secret.length >= shortestKnown && this.#stands.has(secret)) this.#everywhere.add(secret);
    return stand;
  }

  /** A text without the secrets in it. */
  replaceIn(text: string): string {
    let hidden = text.replace(secretLooks, (secret) => this.hideEverywhere(secret));
    for (const secret of this.#everywhere) hidden = hidden.replaceAll(secret, this.hide(secret));
    return hidden;
  }
}

import { mayHaveSecretLooks, replaceSecretLooks } from "./detect-secrets.ts";

/** A stand-in for a secret, as written to a tape. */
const placeholder = /\*\*\*\d*/g;

/** The same text for the same with other secrets: every one is as good as the other. */
export function unnumbered(text: string): string {
  return text.replace(placeholder, "***");
}

/** Shorter ones are replaced where they are known to be secret, and not wherever they occur. */
const shortest = 8;

/** The same for what surely is one: it came in a header for that, or as a subprotocol behind a name for that. */
const shortestSure = 6;

/** So many are remembered; beyond, a secret is still replaced where it is known to be one. */
const mostKnown = 2_000;

/** Of these, as many may be not to be shown where they are, and only there. */
const mostHidden = 1_000;

/** Gives every secret a stand-in of its own, the same wherever it occurs on a tape. */
export class Secrets {
  readonly #stands: Map<string, string> = new Map();
  readonly #everywhere: Set<string> = new Set();
  readonly #given: ReadonlySet<string>;
  /** The longest first, as one may be part of another. */
  #longestFirst: readonly string[] = [];

  /** Those given are known to be secret, whatever they look like. */
  constructor(given: readonly string[] = []) {
    this.#given = new Set(given.filter((secret) => secret !== ""));
    for (const secret of this.#given) this.#learn(secret);
  }

  /** The stand-in for a value that is not to be shown here. */
  hide(value: string): string {
    return this.#standFor(value, mostHidden);
  }

  /** The stand-in for a secret. If it cannot be taken for anything else, it is shown nowhere from now on. */
  hideEverywhere(secret: string): string {
    this.learn(secret);
    return this.hide(secret);
  }

  /** The same, for what is not shown here anyway. */
  learn(secret: string): void {
    if (secret.length >= shortest && !isPlainWord(secret) && !isPlainNumber(secret)) this.#learn(secret);
  }

  /** A secret that came where there are only secrets is shown nowhere, even if it is a plain word. */
  learnSurely(secret: string): void {
    if (secret.length >= shortestSure) this.#learn(secret);
  }

  /** How many are shown nowhere. */
  get count(): number {
    return this.#everywhere.size;
  }

  /** Whether there may be anything to replace in a text. */
  mayOccurIn(text: string): boolean {
    return mayHaveSecretLooks(text) || this.#longestFirst.some((secret) => text.includes(secret));
  }

  isGiven(text: string): boolean {
    return this.#given.has(text);
  }

  givenOccurIn(text: string): boolean {
    return this.#given.size > 0 && [...this.#given].some((secret) => text.includes(secret));
  }

  /** A text without the secrets in it; `written` says how they would be written there. */
  replaceIn(text: string, written: (secret: string) => string = (secret) => secret): string {
    let hidden = replaceSecretLooks(text, (secret) => this.hideEverywhere(secret));
    // Where there are quotes there may be JSON, and numbers that are numbers.
    const hasNumbers = text.includes('"');
    for (const secret of this.#longestFirst) {
      const isKept = hasNumbers && isPlainNumber(secret) && !this.#given.has(secret);
      if (!isKept) hidden = replaced(hidden, written(secret), this.hide(secret));
    }
    return hidden;
  }

  #learn(secret: string): void {
    this.#standFor(secret, mostKnown);
    if (!this.#stands.has(secret) || this.#everywhere.has(secret)) return;
    this.#everywhere.add(secret);
    this.#longestFirst = [...this.#everywhere].sort((a, b) => b.length - a.length);
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

/** Digits may be those of a stand-in. */
function replaced(text: string, secret: string, stand: string): string {
  if (!text.includes(secret)) return text;
  if (!/^\d+$/.test(secret)) return text.replaceAll(secret, stand);
  const either = new RegExp(`\\*\\*\\*\\d*|${secret}`, "g");
  return text.replace(either, (found) => (found === secret ? stand : found));
}

/** Letters, with at most punctuation around. */
function isPlainWord(text: string): boolean {
  const [word = "", ...more] = runsOf(text);
  return more.length === 0 && /^[\p{L}\p{M}]{1,23}$/u.test(word);
}

/** Digits and punctuation, or nothing but that. */
function isPlainNumber(text: string): boolean {
  return runsOf(text).every((run) => /^\p{N}+$/u.test(run));
}

function runsOf(text: string): readonly string[] {
  return text.match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
}

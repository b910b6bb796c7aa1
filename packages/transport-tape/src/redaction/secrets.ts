import { mayLookSecret, replaceLookalikes } from "./detect-secrets.ts";

/** The placeholder for a secret, as written to a tape. */
const placeholder = /\*\*\*\d*/g;

/** The text with all placeholders made equal, to compare texts whatever the secrets in them were. */
export function unnumbered(text: string): string {
  return text.replace(placeholder, "***");
}

/** Shorter secrets are replaced only where they are known to be secret, not wherever they occur. */
const shortest = 8;

/** The same for certain secrets: from a header for credentials, or a subprotocol announced as a key. */
const shortestSure = 6;

/** How many are remembered. Beyond that, a secret is still replaced where it is known to be one. */
const mostKnown = 2_000;

/** How many of these may be values that are hidden only in one place. */
const mostHidden = 1_000;

/** Gives every secret a placeholder of its own, the same wherever it occurs on a tape. */
export class Secrets {
  readonly #placeholders: Map<string, string> = new Map();
  readonly #everywhere: Set<string> = new Set();
  readonly #given: ReadonlySet<string>;
  /** The longest first, as one may be part of another. */
  #longestFirst: readonly string[] = [];

  /** The given values are secret whatever they look like. */
  constructor(given: readonly string[] = []) {
    this.#given = new Set(given.filter((secret) => secret !== ""));
    for (const secret of this.#given) this.#learn(secret);
  }

  /** The placeholder for a value that must not be shown here. */
  hide(value: string): string {
    return this.#placeholderFor(value, mostHidden);
  }

  /** The placeholder for a secret. If it is distinctive, it is replaced everywhere from now on. */
  hideEverywhere(secret: string): string {
    this.learn(secret);
    return this.hide(secret);
  }

  /** As `hideEverywhere`, for a value that is not shown here anyway. */
  learn(secret: string): void {
    if (secret.length >= shortest && !isPlainWord(secret) && !isPlainNumber(secret)) this.#learn(secret);
  }

  /** Replaces a certain secret everywhere from now on, even if it is a plain word. */
  learnSurely(secret: string): void {
    if (secret.length >= shortestSure) this.#learn(secret);
  }

  /** How many secrets are replaced everywhere. */
  get count(): number {
    return this.#everywhere.size;
  }

  /** Whether a text may contain anything to replace. */
  mayOccurIn(text: string): boolean {
    return mayLookSecret(text) || this.#longestFirst.some((secret) => text.includes(secret));
  }

  isGiven(text: string): boolean {
    return this.#given.has(text);
  }

  givenOccurIn(text: string): boolean {
    return this.#given.size > 0 && [...this.#given].some((secret) => text.includes(secret));
  }

  /** The text with its secrets replaced; `encode` gives their form in that text. */
  replaceIn(text: string, encode: (secret: string) => string = (secret) => secret): string {
    let hidden = replaceLookalikes(text, (secret) => this.hideEverywhere(secret));
    // A text with quotes may be JSON, in which numbers are data.
    const hasNumbers = text.includes('"');
    for (const secret of this.#longestFirst) {
      const isKept = hasNumbers && isPlainNumber(secret) && !this.#given.has(secret);
      if (!isKept) hidden = replaced(hidden, encode(secret), this.hide(secret));
    }
    return hidden;
  }

  #learn(secret: string): void {
    this.#placeholderFor(secret, mostKnown);
    if (!this.#placeholders.has(secret) || this.#everywhere.has(secret)) return;
    this.#everywhere.add(secret);
    this.#longestFirst = [...this.#everywhere].sort((a, b) => b.length - a.length);
  }

  #placeholderFor(value: string, most: number): string {
    if (value.replace(placeholder, "") === "") return value;
    const known = this.#placeholders.get(value);
    if (known !== undefined) return known;
    if (this.#placeholders.size >= most) return "***";
    const name = `***${this.#placeholders.size + 1}`;
    this.#placeholders.set(value, name);
    return name;
  }
}

/** Digits of a placeholder are not replaced. */
function replaced(text: string, secret: string, substitute: string): string {
  if (!text.includes(secret)) return text;
  if (!/^\d+$/.test(secret)) return text.replaceAll(secret, substitute);
  const either = new RegExp(`\\*\\*\\*\\d*|${secret}`, "g");
  return text.replace(either, (found) => (found === secret ? substitute : found));
}

/** Letters, at most with punctuation around them. */
function isPlainWord(text: string): boolean {
  const [word = "", ...more] = runsOf(text);
  return more.length === 0 && /^[\p{L}\p{M}]{1,23}$/u.test(word);
}

/** Digits, at most with punctuation. */
function isPlainNumber(text: string): boolean {
  return runsOf(text).every((run) => /^\p{N}+$/u.test(run));
}

function runsOf(text: string): readonly string[] {
  return text.match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
}

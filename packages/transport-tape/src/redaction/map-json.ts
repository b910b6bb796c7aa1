/**
 * Where a string occurs in JSON: as a name; as the value of a secret name or an array item there (`"secret"`); deeper under one
 * (`"inside"`); anywhere under a name that may mean a secret (`"weak"`); or elsewhere (`"plain"`).
 */
type StringPosition = "name" | ValuePosition;

type ValuePosition = "secret" | "inside" | "weak" | "plain";

export interface JsonVisitor {
  readonly isSecretName: (name: string) => boolean;
  readonly isWeakName: (name: string) => boolean;
  /** The replacement for a string. */
  readonly string: (value: string, position: StringPosition) => string;
  /** The replacement for a number, as JSON. */
  readonly number: (digits: string) => string;
}

/**
 * Replaces strings and numbers in a text that is or contains JSON. Everything else is kept exactly as written. It only looks at
 * brackets and commas, so that it handles any depth and broken JSON.
 */
export function mapJson(text: string, visitor: JsonVisitor): string {
  const walk = new Walk(text, visitor);
  const pieces: string[] = [];
  const tokens = /["[\]{},]|-?\d[\d.eE+-]*/g;
  let end = 0;
  for (let found = tokens.exec(text); found !== null; found = tokens.exec(text)) {
    const last = found[0] === '"' ? endOfString(text, found.index) : tokens.lastIndex;
    // An unterminated string: the rest is not JSON.
    if (last === undefined) break;
    pieces.push(text.slice(end, found.index), walk.token(text.slice(found.index, last), last));
    end = last;
    tokens.lastIndex = last;
  }
  return pieces.join("") + text.slice(end);
}

class Walk {
  readonly #text: string;
  readonly #visitor: JsonVisitor;
  /** The position of each open bracket. */
  readonly #open: ValuePosition[] = [];
  /** The position of the next value. */
  #next: ValuePosition = "plain";

  constructor(text: string, visitor: JsonVisitor) {
    this.#text = text;
    this.#visitor = visitor;
  }

  token(token: string, end: number): string {
    if (token.startsWith('"')) return this.#string(token, end);
    const isBetween = /[[\]{},]/.test(token);
    if (token === "{") this.#open.push(this.#next === "secret" ? "inside" : this.#next);
    else if (token === "[") this.#open.push(this.#next);
    else if (token !== "," && isBetween) this.#open.pop();
    this.#next = this.#inherited;
    return isBetween ? token : this.#visitor.number(token);
  }

  #string(token: string, end: number): string {
    const colon = /\s*:/y;
    colon.lastIndex = end;
    const isName = colon.test(this.#text);
    const before = decoded(token);
    const after = this.#visitor.string(before, isName ? "name" : this.#next);
    if (isName) this.#next = this.#under(before);
    return after === before ? token : JSON.stringify(after);
  }

  #under(name: string): ValuePosition {
    if (this.#visitor.isSecretName(name)) return "secret";
    return this.#inherited === "plain" && this.#visitor.isWeakName(name) ? "weak" : this.#inherited;
  }

  get #inherited(): ValuePosition {
    return this.#open.at(-1) ?? "plain";
  }
}

/** The index after the closing quote. */
function endOfString(text: string, start: number): number | undefined {
  const special = /["\\]/g;
  special.lastIndex = start + 1;
  for (let found = special.exec(text); found !== null; found = special.exec(text)) {
    if (found[0] === '"') return special.lastIndex;
    special.lastIndex += 1;
  }
  return undefined;
}

function decoded(token: string): string {
  if (!token.includes("\\")) return token.slice(1, -1);
  try {
    return String(JSON.parse(token));
  } catch {
    return token.slice(1, -1);
  }
}

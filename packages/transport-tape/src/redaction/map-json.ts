/**
 * Where a string of a JSON text stands: it is a name; or a value under a secret name, or an item of an array there
 * (`"secret"`); or anywhere deeper under one (`"inside"`); or anywhere under a name that may mean a secret (`"weak"`); or none
 * of these (`"plain"`).
 */
type Standing = "name" | Under;

type Under = "secret" | "inside" | "weak" | "plain";

export interface JsonVisitor {
  readonly isSecretName: (name: string) => boolean;
  readonly isWeakName: (name: string) => boolean;
  /** What is to stand in a string's place. */
  readonly string: (value: string, standing: Standing) => string;
  /** What is to stand in a number's place, as JSON. */
  readonly number: (digits: string) => string;
}

/**
 * Changes strings and numbers of a text that is JSON, or has JSON in it. All else stays as it is written. It knows no
 * structure but brackets and commas, and so neither depth nor broken JSON is an obstacle.
 */
export function mapJson(text: string, visitor: JsonVisitor): string {
  const walk = new Walk(text, visitor);
  const pieces: string[] = [];
  const tokens = /["[\]{},]|-?\d[\d.eE+-]*/g;
  let end = 0;
  for (let found = tokens.exec(text); found !== null; found = tokens.exec(text)) {
    const last = found[0] === '"' ? endOfString(text, found.index) : tokens.lastIndex;
    // What begins here does not end: it is no JSON.
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
  /** The brackets that are open. */
  readonly #open: Under[] = [];
  /** How the value that comes next stands. */
  #next: Under = "plain";

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

  #under(name: string): Under {
    if (this.#visitor.isSecretName(name)) return "secret";
    return this.#inherited === "plain" && this.#visitor.isWeakName(name) ? "weak" : this.#inherited;
  }

  get #inherited(): Under {
    return this.#open.at(-1) ?? "plain";
  }
}

/** Behind the closing quote. */
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

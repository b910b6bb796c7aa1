import type { Expression, Matcher, Selector } from "./ast.ts";
import { type Token, tokensOf } from "./tokens.ts";

/**
 * Parses the subset of PromQL that the dashboards use: selectors, `rate`, `histogram_quantile`, `vector`, `sum` and `count` with `by`,
 * arithmetic and `or` with their precedence. Anything else is a SyntaxError.
 */
export function parsePromql(text: string): Expression {
  return new Parser(text).parse();
}

/** From the lowest to the highest precedence. */
const levels = [["or"], ["+", "-"], ["*", "/"]] as const;
const units: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3_600, d: 86_400 };

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(text: string) {
    this.#tokens = tokensOf(text);
  }

  parse(): Expression {
    const expression = this.#binary(0);
    this.#take("end");
    return expression;
  }

  #binary(level: number): Expression {
    const operators = levels[level];
    if (operators === undefined) return this.#primary();
    let left = this.#binary(level + 1);
    for (;;) {
      const operator = operators.find((one) => one === this.#next.text);
      if (operator === undefined) return left;
      this.#at += 1;
      left = { type: "binary", operator, left, right: this.#binary(level + 1) };
    }
  }

  #primary(): Expression {
    if (this.#next.kind === "number") return { type: "number", value: Number(this.#take("number")) };
    if (this.#next.text === "(") return this.#inParentheses(() => this.#binary(0));
    const word = this.#take("word");
    switch (word) {
      case "rate":
        return this.#inParentheses(() => this.#rate());
      case "vector":
        return { type: "vector", value: this.#inParentheses(() => this.#binary(0)) };
      case "histogram_quantile":
        return this.#inParentheses(() => this.#quantile());
      case "sum":
      case "count": {
        const by = this.#next.text === "by" ? this.#by() : [];
        return { type: "aggregation", operator: word, by, of: this.#inParentheses(() => this.#binary(0)) };
      }
      default:
        return this.#selector(word);
    }
  }

  #rate(): Expression {
    const of = this.#selector(this.#take("word"));
    this.#sign("[");
    const [, count, unit = ""] = /^(\d+)([a-z]+)$/.exec(this.#take("duration")) ?? [];
    this.#sign("]");
    return { type: "rate", of, rangeSeconds: Number(count) * (units[unit] ?? Number.NaN) };
  }

  #quantile(): Expression {
    const quantile = Number(this.#take("number"));
    this.#sign(",");
    return { type: "quantile", quantile, of: this.#binary(0) };
  }

  #by(): readonly string[] {
    this.#at += 1;
    return this.#inParentheses(() => this.#list(")", () => this.#take("word")));
  }

  #selector(metric: string): Selector {
    if (this.#next.text !== "{") return { type: "selector", metric, matchers: [] };
    this.#sign("{");
    const matchers = this.#list("}", () => this.#matcher());
    this.#sign("}");
    return { type: "selector", metric, matchers };
  }

  #matcher(): Matcher {
    const label = this.#take("word");
    const sign = this.#take("sign");
    const value: unknown = JSON.parse(this.#take("string"));
    const operator = (["=", "!=", "=~", "!~"] as const).find((one) => one === sign);
    if (operator === undefined || typeof value !== "string") throw new SyntaxError(`${label}${sign}`);
    return { label, operator, value };
  }

  #list<Item>(end: string, item: () => Item): Item[] {
    const items: Item[] = [];
    while (this.#next.text !== end) {
      if (items.length > 0) this.#sign(",");
      items.push(item());
    }
    return items;
  }

  #inParentheses<Item>(item: () => Item): Item {
    this.#sign("(");
    const inside = item();
    this.#sign(")");
    return inside;
  }

  get #next(): Token {
    return this.#tokens[this.#at] ?? { kind: "end", text: "" };
  }

  #take(kind: Token["kind"]): string {
    const { text, kind: found } = this.#next;
    if (found !== kind) throw new SyntaxError(`${kind} is missing at ${JSON.stringify(text)}`);
    this.#at += 1;
    return text;
  }

  #sign(text: string): void {
    if (this.#take("sign") !== text) throw new SyntaxError(`${text} is missing`);
  }
}

export interface Token {
  readonly kind: "word" | "number" | "string" | "duration" | "sign" | "end";
  readonly text: string;
}

const patterns = [
  ["duration", /\d+(?:ms|[smhdwy])(?![a-zA-Z0-9_])/y],
  ["number", /\d+(?:\.\d+)?(?![a-zA-Z0-9_.])/y],
  ["word", /[a-zA-Z_:][a-zA-Z0-9_:]*/y],
  ["string", /"(?:[^"\\\n]|\\.)*"/y],
  ["sign", /=~|!~|!=|[=+*/(){}[\],-]/y],
] as const;

/** Splits PromQL into tokens. @throws SyntaxError for anything else. */
export function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    if (/\s/.test(text.charAt(at))) {
      at += 1;
      continue;
    }
    const token = tokenAt(text, at);
    tokens.push(token);
    at += token.text.length;
  }
  return [...tokens, { kind: "end", text: "" }];
}

function tokenAt(text: string, at: number): Token {
  for (const [kind, pattern] of patterns) {
    pattern.lastIndex = at;
    const [found] = pattern.exec(text) ?? [];
    if (found !== undefined) return { kind, text: found };
  }
  throw new SyntaxError(`this is no PromQL: ${text.slice(at)}`);
}

export interface Matcher {
  readonly label: string;
  readonly operator: "=" | "!=" | "=~" | "!~";
  readonly value: string;
}

export interface Selector {
  readonly type: "selector";
  readonly metric: string;
  readonly matchers: readonly Matcher[];
}

export type Expression =
  | Selector
  | { readonly type: "number"; readonly value: number }
  | { readonly type: "vector"; readonly value: Expression }
  | { readonly type: "rate"; readonly of: Selector; readonly rangeSeconds: number }
  | { readonly type: "quantile"; readonly quantile: number; readonly of: Expression }
  | {
      readonly type: "aggregation";
      readonly operator: "sum" | "count";
      /** Undefined: over all. */
      readonly by: readonly string[];
      readonly of: Expression;
    }
  | {
      readonly type: "binary";
      readonly operator: "+" | "-" | "*" | "/" | "or";
      readonly left: Expression;
      readonly right: Expression;
    };

/** The parts of an expression. */
export function partsOf(expression: Expression): readonly Expression[] {
  switch (expression.type) {
    case "selector":
    case "number":
      return [];
    case "vector":
      return [expression.value];
    case "binary":
      return [expression.left, expression.right];
    default:
      return [expression.of];
  }
}

export function selectorsOf(expression: Expression): readonly Selector[] {
  if (expression.type === "selector") return [expression];
  return partsOf(expression).flatMap(selectorsOf);
}

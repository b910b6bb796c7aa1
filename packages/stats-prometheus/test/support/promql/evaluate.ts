import type { Expression, Matcher, Selector } from "./ast.ts";
import { histogramQuantile } from "./histogram-quantile.ts";
import { keyOf, type Labels, type Recording, type Series } from "./recording.ts";

/** One value of an instant vector. */
export interface Value {
  readonly labels: Labels;
  readonly value: number;
}

/** The value of an expression at one time. `rate` does not extrapolate to the ends of its range, as Prometheus does. */
export function evaluate(expression: Expression, seconds: number, recording: Recording): readonly Value[] {
  const at = (part: Expression): readonly Value[] => evaluate(part, seconds, recording);
  switch (expression.type) {
    case "number":
    case "vector":
      return expression.type === "number" ? [{ labels: {}, value: expression.value }] : at(expression.value);
    case "selector":
      return matching(expression, recording).flatMap((series) => last(series, seconds));
    case "rate":
      return matching(expression.of, recording).flatMap((series) =>
        rate(series, seconds, expression.rangeSeconds),
      );
    case "quantile":
      return histogramQuantile(expression.quantile, at(expression.of));
    case "aggregation":
      return aggregate(expression.operator, expression.by, at(expression.of));
    case "binary":
      return binary(expression.operator, at(expression.left), at(expression.right), isScalar(expression));
  }
}

function matching({ metric, matchers }: Selector, recording: Recording): Series[] {
  return [...recording.seriesOf(metric)].filter(({ labels }) =>
    matchers.every((matcher) => matches(matcher, labels[matcher.label] ?? "")),
  );
}

function matches({ operator, value }: Matcher, content: string): boolean {
  const same = operator.includes("~") ? new RegExp(`^(?:${value})$`).test(content) : content === value;
  return operator.startsWith("!") ? !same : same;
}

function last({ labels, points }: Series, seconds: number): Value[] {
  const point = points.findLast((one) => one.seconds <= seconds);
  return point === undefined ? [] : [{ labels, value: point.value }];
}

function rate({ labels, points }: Series, seconds: number, rangeSeconds: number): Value[] {
  const inside = points.filter((one) => one.seconds <= seconds && one.seconds >= seconds - rangeSeconds);
  const [first, final] = [inside[0], inside.at(-1)];
  if (first === undefined || final === undefined || first === final) return [];
  return [{ labels, value: (final.value - first.value) / (final.seconds - first.seconds) }];
}

function aggregate(operator: "sum" | "count", by: readonly string[], values: readonly Value[]): Value[] {
  const groups = new Map<string, { readonly labels: Labels; value: number }>();
  for (const { labels, value } of values) {
    const own = only(labels, by);
    const group = groups.get(keyOf(own)) ?? { labels: own, value: 0 };
    group.value += operator === "sum" ? value : 1;
    groups.set(keyOf(own), group);
  }
  return [...groups.values()];
}

function only(labels: Labels, names: readonly string[]): Labels {
  return Object.fromEntries(names.flatMap((name) => (labels[name] ? [[name, labels[name]]] : [])));
}

const arithmetic = {
  "+": (left: number, right: number): number => left + right,
  "-": (left: number, right: number): number => left - right,
  "*": (left: number, right: number): number => left * right,
  "/": (left: number, right: number): number => left / right,
} as const;

type Operator = Extract<Expression, { type: "binary" }>["operator"];
type Scalars = { readonly left: boolean; readonly right: boolean };

/** A number matches every value, a vector only the one with the same labels. */
function isScalar({ left, right }: Extract<Expression, { type: "binary" }>): Scalars {
  return { left: left.type === "number", right: right.type === "number" };
}

function binary(
  operator: Operator,
  left: readonly Value[],
  right: readonly Value[],
  scalar: Scalars,
): Value[] {
  const same = (one: Value) => (another: Value) => keyOf(one.labels) === keyOf(another.labels);
  if (operator === "or") return [...left, ...right.filter((one) => !left.some(same(one)))];
  const compute = arithmetic[operator];
  if (scalar.left) return right.map((one) => ({ ...one, value: compute(left[0]?.value ?? 0, one.value) }));
  return left.flatMap((one) => {
    const other = scalar.right ? right[0] : right.find(same(one));
    return other === undefined ? [] : [{ ...one, value: compute(one.value, other.value) }];
  });
}

import { evaluate } from "../promql/evaluate.ts";
import { parsePromql } from "../promql/parse.ts";
import type { Labels, Recording } from "../promql/recording.ts";
import { type Panel, withoutVariables } from "./dashboard.ts";

interface Point {
  readonly seconds: number;
  readonly value: number;
}

/** One line of a panel, with its legend. */
export interface Line {
  readonly name: string;
  readonly points: readonly Point[];
}

/** The lines of a panel for a recording at these times. */
export function linesOf({ targets }: Panel, recording: Recording, moments: readonly number[]): Line[] {
  return targets.flatMap(({ expr, legendFormat }) => {
    const expression = parsePromql(withoutVariables(expr));
    const lines = new Map<string, Point[]>();
    for (const seconds of moments) {
      for (const { labels, value } of evaluate(expression, seconds, recording)) {
        if (!Number.isFinite(value)) continue;
        const name = legend(legendFormat, labels);
        lines.set(name, [...(lines.get(name) ?? []), { seconds, value }]);
      }
    }
    return [...lines].map(([name, points]) => ({ name, points }));
  });
}

function legend(format: string, labels: Labels): string {
  return format.replace(/\{\{(\w+)\}\}/g, (_, label: string) => labels[label] ?? "");
}

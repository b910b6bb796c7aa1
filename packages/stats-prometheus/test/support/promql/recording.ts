import type { Family } from "../exposition.ts";

export type Labels = Readonly<Record<string, string>>;

/** What was scraped of one series, in the order of time. */
export interface Series {
  readonly labels: Labels;
  readonly points: { readonly seconds: number; readonly value: number }[];
}

/** Scrapes, one after the other, as a server keeps them. */
export class Recording {
  readonly #series: Map<string, Map<string, Series>> = new Map();

  /** `target`: the labels that the server adds to those of the process. */
  add(seconds: number, families: Iterable<Family>, target: Labels): void {
    for (const { samples } of families) {
      for (const { name, labels, value } of samples) {
        const all = { ...labels, ...target };
        const ofMetric = this.#series.get(name) ?? new Map<string, Series>();
        const key = keyOf(all);
        const series = ofMetric.get(key) ?? { labels: all, points: [] };
        series.points.push({ seconds, value });
        this.#series.set(name, ofMetric.set(key, series));
      }
    }
  }

  seriesOf(metric: string): Iterable<Series> {
    return this.#series.get(metric)?.values() ?? [];
  }
}

/** The same for the same labels, whatever their order. */
export function keyOf(labels: Labels): string {
  return JSON.stringify(Object.entries(labels).sort());
}

import type { Family } from "../exposition.ts";

export type Labels = Readonly<Record<string, string>>;

/** The scraped values of one series, in order of time. */
export interface Series {
  readonly labels: Labels;
  readonly points: { readonly seconds: number; readonly value: number }[];
}

/** Successive scrapes, as a server stores them. */
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

/** The same string for the same labels in any order. */
export function keyOf(labels: Labels): string {
  return JSON.stringify(Object.entries(labels).sort());
}

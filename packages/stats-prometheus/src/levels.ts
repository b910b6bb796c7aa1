import { Gauge, type GaugeConfiguration } from "@prometheus-io/client";

/** A figure that goes up and down. */
export interface Level {
  value: number;
}

/**
 * A gauge that is read at each scrape, so that counting is an addition, and what `registry.resetMetrics()` emptied shows what is
 * there again, where a gauge told of changes only would go below zero.
 */
export class Levels {
  readonly gauge: Gauge<string>;
  readonly #levels: Map<string, Level & { readonly labels: Readonly<Record<string, string>> }> = new Map();

  constructor(configuration: Pick<GaugeConfiguration<string>, "name" | "help" | "labelNames" | "registers">) {
    this.gauge = new Gauge({ ...configuration, collect: () => this.#tell() });
  }

  /** The same for the same labels. */
  of(labels: Readonly<Record<string, string>>): Level {
    const key = JSON.stringify(Object.entries(labels).sort());
    const known = this.#levels.get(key);
    if (known !== undefined) return known;
    const level = { labels, value: 0 };
    this.#levels.set(key, level);
    return level;
  }

  #tell(): void {
    for (const { labels, value } of this.#levels.values()) this.gauge.set(labels, value);
  }
}

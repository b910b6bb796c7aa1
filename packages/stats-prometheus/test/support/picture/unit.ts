/** A value as an axis shows it, with a unit by its Grafana name. */
export function withUnit(value: number, unit: string): string {
  switch (unit) {
    case "ops":
    case "cps":
      return `${short(value)}/s`;
    case "s":
      return seconds(value);
    case "percentunit":
      return `${short(value * 100)}%`;
    case "Bps":
      return value >= 1_000 ? `${short(value / 1_000)} kB/s` : `${short(value)} B/s`;
    default:
      return short(value);
  }
}

function seconds(value: number): string {
  if (value >= 0.9995) return `${short(value)} s`;
  return value >= 0.0009995 ? `${short(value * 1e3)} ms` : `${short(value * 1e6)} µs`;
}

function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}

export interface Quartiles {
  readonly q1: number;
  readonly median: number;
  readonly q3: number;
}

/** Linear interpolation between the closest ranks, the default of R and NumPy. */
export function quartilesOf(samples: readonly number[]): Quartiles {
  return { q1: quantileOf(samples, 0.25), median: medianOf(samples), q3: quantileOf(samples, 0.75) };
}

export function medianOf(samples: readonly number[]): number {
  return quantileOf(samples, 0.5);
}

export function quantileOf(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const place = share * (sorted.length - 1);
  const below = sorted[Math.floor(place)] ?? Number.NaN;
  const above = sorted[Math.ceil(place)] ?? Number.NaN;
  return below + (above - below) * (place - Math.floor(place));
}

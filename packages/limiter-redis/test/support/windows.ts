/** Permits, given at some time between two moments. */
export interface Given {
  readonly cost: number;
  readonly sinceMs: number;
  readonly untilMs: number;
}

/** The most permits that certainly lie in one half-open window, wherever it starts. */
export function mostInWindow(all: readonly Given[], windowMs: number): number {
  const sums = all.map(({ sinceMs }) =>
    all
      .filter((one) => one.sinceMs >= sinceMs && one.untilMs < sinceMs + windowMs)
      .reduce((sum, { cost }) => sum + cost, 0),
  );
  return Math.max(0, ...sums);
}

/** The most permits that may have counted at some moment between two. */
export function mostCounted(
  all: readonly Given[],
  windowMs: number,
  sinceMs: number,
  untilMs: number,
): number {
  return all
    .filter((one) => one.untilMs + windowMs >= sinceMs && one.sinceMs <= untilMs)
    .reduce((sum, { cost }) => sum + cost, 0);
}

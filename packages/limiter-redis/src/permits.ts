/** Permits that Redis gave with one trip: its members `prefix + from` and so many after it. */
export interface Permits {
  readonly prefix: string;
  readonly from: number;
  readonly count: number;
  /** Until when they may be used. */
  readonly usableUntilMs: number;
  /** When Redis has surely forgotten them. */
  readonly goneAtMs: number;
}

/** Some of them. */
export function part(permits: Permits, offset: number, count: number): Permits {
  return { ...permits, from: permits.from + offset, count };
}

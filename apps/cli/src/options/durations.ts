const unitsMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** The longest delay of a Node timer (2^31 - 1 ms, 24.8 days). */
const longestMs = 2_147_483_647;

export type ParsedDuration =
  | { readonly ok: true; readonly ms: number }
  | { readonly ok: false; readonly problem: string };

/** Reads `500ms`, `5s`, `1.5m`, `1h`. A number without a unit is rejected, because it could mean seconds. */
export function parseDuration(text: string): ParsedDuration {
  const [, digits, unit] = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text.trim()) ?? [];
  if (digits === undefined || unit === undefined)
    return invalid("use a number and a unit, such as 500ms, 5s or 2m");
  if (unit === "") return invalid(`the unit is missing; write ${digits}ms or ${digits}s`);
  const unitMs = Object.hasOwn(unitsMs, unit) ? unitsMs[unit] : undefined;
  if (unitMs === undefined) return invalid(`"${unit}" is not a unit; use ms, s, m or h`);
  const ms = Number(digits) * unitMs;
  if (ms > 0 && ms < 1) return invalid("it must be at least 1ms");
  if (ms > longestMs) return invalid("it must be less than 24 days");
  return { ok: true, ms: Math.round(ms) };
}

function invalid(problem: string): ParsedDuration {
  return { ok: false, problem };
}

/** For people: `350 ms`, `5 s`. Rounded up, so that waiting that long is enough. */
export function formatDuration(ms: number): string {
  return ms < 1_000 ? `${Math.ceil(ms)} ms` : `${Math.ceil(ms / 100) / 10} s`;
}

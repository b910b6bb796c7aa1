const longestMs = 2_147_483_647;

/**
 * For transports: milliseconds to wait from a `Retry-After` header, which holds seconds or an HTTP date (RFC 9110
 * section 10.2.3). Undefined where the header is absent or says neither; 0 for a date that has passed; never more than the 2^31 - 1 that timers
 * take.
 */
export function parseRetryAfter(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  if (/^\d+$/.test(text)) return Math.min(Number(text) * 1_000, longestMs);
  // Every HTTP date begins with the name of its day; Date.parse takes much else.
  const dateMs = /^[a-z]{3}/i.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(dateMs) ? undefined : Math.min(Math.max(0, dateMs - Date.now()), longestMs);
}

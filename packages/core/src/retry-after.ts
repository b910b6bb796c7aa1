/**
 * For transports: milliseconds to wait from a `Retry-After` header, which holds seconds or an HTTP date (RFC 9110
 * section 10.2.3). Undefined where the header is absent or says neither; 0 for a date that has passed.
 */
export function parseRetryAfter(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  if (/^\d+$/.test(text)) return Number(text) * 1_000;
  // Every HTTP date begins with the name of its day; Date.parse takes much else.
  const dateMs = /^[a-z]{3}/i.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(dateMs) ? undefined : Math.max(0, dateMs - Date.now());
}

/** Sets the entry as the newest of the map, and drops the oldest one when there are more than `maxEntries`. */
export function setBounded<Value>(
  map: Map<string, Value>,
  key: string,
  value: Value,
  maxEntries: number,
): void {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (oldest !== undefined && map.size > maxEntries) map.delete(oldest);
}

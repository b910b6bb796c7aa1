export function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** What a decoded message holds at a dotted path; undefined where there is no such place. */
export function valueAt(value: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>((holder, name) => member(holder, name), value);
}

function member(holder: unknown, name: string): unknown {
  if (typeof holder !== "object" || holder === null) return undefined;
  return Object.getOwnPropertyDescriptor(holder, name)?.value;
}

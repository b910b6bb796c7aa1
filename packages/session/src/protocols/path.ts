import { isRecord } from "./reading.ts";

/** The keys on the way to a field of a message. */
export type Path = readonly string[];

const forbidden: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);

/** `meta.request_id`. @throws TypeError for an empty path or one that leads to an object's prototype. */
export function parsePath(where: string, text: string): Path {
  const path = text.split(".");
  if (path.some((key) => key === "" || forbidden.has(key))) {
    throw new TypeError(`${where} must be a dotted path of names such as meta.id`);
  }
  return path;
}

export function valueAt(message: unknown, path: Path): unknown {
  let value = message;
  for (const key of path) {
    if (!isRecord(value) || !Object.hasOwn(value, key)) return undefined;
    value = value[key];
  }
  return value;
}

/** A copy in which the path holds the value; what is on the way and no object gives way. */
export function withValue(message: unknown, path: Path, value: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  const fields = isRecord(message) ? message : {};
  const inner = Object.hasOwn(fields, key) ? fields[key] : undefined;
  return { ...fields, [key]: withValue(inner, rest, value) };
}

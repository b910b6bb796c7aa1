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

/** Puts a value where the path leads, in an object of one's own; what is on the way is copied, and what is no object gives way. */
export function putAt(fields: Record<string, unknown>, path: Path, value: unknown): void {
  let target = fields;
  for (const key of path.slice(0, -1)) {
    const inner = Object.hasOwn(target, key) ? target[key] : undefined;
    const copy: Record<string, unknown> = isRecord(inner) ? { ...inner } : {};
    target[key] = copy;
    target = copy;
  }
  const last = path.at(-1);
  if (last !== undefined) target[last] = value;
}

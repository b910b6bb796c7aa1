import { InvalidMessage } from "@outsock/core";
import { isRecord } from "../reading.ts";

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

/**
 * Puts a value where the path leads, in an object of one's own; objects on the way are copied.
 * @throws InvalidMessage where something is in the way, which would be lost.
 */
export function putAt(fields: Record<string, unknown>, path: Path, value: unknown): void {
  let target = fields;
  for (const key of path.slice(0, -1)) {
    const inner = Object.hasOwn(target, key) ? target[key] : {};
    if (!isRecord(inner)) throw inTheWay(path);
    const copy: Record<string, unknown> = { ...inner };
    target[key] = copy;
    target = copy;
  }
  const last = path.at(-1);
  if (last === undefined) return;
  if (Object.hasOwn(target, last)) throw inTheWay(path);
  target[last] = value;
}

function inTheWay(path: Path): InvalidMessage {
  return new InvalidMessage(
    `the params have something at ${path.join(".")}, where a part of the message goes`,
  );
}

import { InvalidMessage } from "@outsock/core";
import { isJsonObject } from "../protocol.ts";

/** The keys that lead to a field of a message. */
export type Path = readonly string[];

const forbidden: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);

/** Splits a path such as `meta.request_id`. @throws TypeError for an empty key or one that leads to an object's prototype. */
export function parsePath(where: string, text: string): Path {
  const path = text.split(".");
  if (path.some((key) => key === "" || forbidden.has(key))) {
    throw new TypeError(`${where} must be a dotted path of names such as meta.id`);
  }
  return path;
}

export function fieldAt(message: unknown, path: Path): unknown {
  let value = message;
  for (const key of path) {
    if (!isJsonObject(value) || !Object.hasOwn(value, key)) return undefined;
    value = value[key];
  }
  return value;
}

/**
 * Sets the field at a path of `fields`; nested objects are copied first.
 * @throws InvalidMessage if the field already has a value, which would be lost.
 */
export function putAt(fields: Record<string, unknown>, path: Path, value: unknown): void {
  let target = fields;
  for (const key of path.slice(0, -1)) {
    const inner = Object.hasOwn(target, key) ? target[key] : {};
    if (!isJsonObject(inner)) throw occupied(path);
    const copy: Record<string, unknown> = { ...inner };
    target[key] = copy;
    target = copy;
  }
  const last = path.at(-1);
  if (last === undefined) return;
  if (Object.hasOwn(target, last)) throw occupied(path);
  target[last] = value;
}

function occupied(path: Path): InvalidMessage {
  return new InvalidMessage(`the params collide with a field of the message itself at ${path.join(".")}`);
}

import type { Difference } from "./tape-error.ts";

/** Where two values of JSON differ, as a path from `at`. `exact`: in values, too, and not only in keys and types. */
export function jsonDifference(
  at: string,
  recorded: unknown,
  actual: unknown,
  exact: boolean,
): Difference | undefined {
  const kind = kindOf(recorded);
  if (kind !== kindOf(actual)) return { at, recorded, actual };
  if (Array.isArray(recorded) && Array.isArray(actual)) return arrayDifference(at, recorded, actual, exact);
  if (isObject(recorded) && isObject(actual)) return objectDifference(at, recorded, actual, exact);
  return exact && recorded !== actual ? { at, recorded, actual } : undefined;
}

function arrayDifference(
  at: string,
  recorded: readonly unknown[],
  actual: readonly unknown[],
  exact: boolean,
): Difference | undefined {
  for (let index = 0; index < Math.min(recorded.length, actual.length); index += 1) {
    const difference = jsonDifference(`${at}[${index}]`, recorded[index], actual[index], exact);
    if (difference !== undefined) return difference;
  }
  if (!exact || recorded.length === actual.length) return undefined;
  return { at: `${at}.length`, recorded: recorded.length, actual: actual.length };
}

function objectDifference(
  at: string,
  recorded: Readonly<Record<string, unknown>>,
  actual: Readonly<Record<string, unknown>>,
  exact: boolean,
): Difference | undefined {
  for (const name of new Set([...Object.keys(recorded), ...Object.keys(actual)])) {
    const place = /^[\w$]+$/.test(name) ? `${at}.${name}` : `${at}[${JSON.stringify(name)}]`;
    const difference = jsonDifference(place, own(recorded, name), own(actual, name), exact);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

/** What JSON calls it. A key that is not there is of a kind of its own. */
function kindOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function own(object: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

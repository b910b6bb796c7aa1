import { isObject, utf8 } from "../values.ts";

/** Says what is wrong with a value, as what follows its name ("must be ..."), or nothing. */
export type Check = (value: unknown) => string | undefined;

/** What an operation is given where its caller gives no options: nothing to check. */
export const none: Readonly<Record<string, never>> = Object.freeze({});

/**
 * A mistake in the program throws at once: a TypeError for an option that does not exist or has the wrong type.
 * `undefined` stands for an absent option. `besides`: names that are no options, and are not checked here.
 */
export function checkOptions(
  where: string,
  known: Readonly<Record<string, Check>>,
  options: unknown,
  besides: readonly string[] = [],
): void {
  if (options === none) return;
  if (!isPlainObject(options)) {
    throw new TypeError(`${where}: the options ${wrong("a plain object", options)}`);
  }
  for (const name of Object.keys(options)) {
    const value = options[name];
    const check = Object.hasOwn(known, name) ? known[name] : undefined;
    if (check === undefined) {
      if (besides.includes(name)) continue;
      const names = [...besides, ...Object.keys(known)].join(", ");
      throw new TypeError(`${where}: unknown option "${name}"; known are ${names}`);
    }
    const problem = value === undefined ? undefined : check(value);
    if (problem !== undefined) throw new TypeError(`${where}: ${name} ${problem}`);
  }
}

type Defined<Options> = { readonly [Name in keyof Options]?: Exclude<Options[Name], undefined> };

/** A copy of the options that are given: own ones that are not undefined. */
export function definedOptions<Options extends object>(options: Options): Defined<Options> {
  const given = Object.assign<Record<string, unknown>, Options>({}, options);
  const fields: Record<string, unknown> = {};
  for (const name of Object.keys(given)) if (given[name] !== undefined) fields[name] = given[name];
  const defined: Defined<Options> = {};
  return Object.assign(defined, fields);
}

/** An object without a class, of whatever realm: what is checked is then all that can be read. */
function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (!isObject(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null || Object.getPrototypeOf(prototype) === null;
}

export function hasMembers(value: unknown, ...names: readonly string[]): boolean {
  return isObject(value) && names.every((name) => name in value);
}

/** The type of a value, for messages that must not show the value. */
export function typeName(value: unknown): string {
  if (Array.isArray(value)) return "array";
  return value === null ? "null" : typeof value;
}

/** Only numbers are shown: another option may be a secret. A type that is among the expected ones says nothing. */
function wrong(expected: string, value: unknown): string {
  const type = typeName(value);
  const message = `must be ${expected}`;
  if (type === "number") return `${message}, not ${value}`;
  return expected.includes(type) ? message : `${message}; its type is ${type}`;
}

function must(be: string, value: unknown, holds: boolean): string | undefined {
  return holds ? undefined : wrong(be, value);
}

function isInteger(value: unknown, from: number, to: number = Number.POSITIVE_INFINITY): boolean {
  return Number.isSafeInteger(value) && Number(value) >= from && Number(value) <= to;
}

/** A string out of a few. */
export function oneOf(...allowed: readonly string[]): Check {
  return (value) =>
    must(
      `one of the strings ${allowed.join(", ")}`,
      value,
      allowed.some((one) => one === value),
    );
}

/** An object with these members, whatever its class. */
export function shape(...members: readonly string[]): Check {
  return (value) => {
    const missing = members.filter((name) => !hasMembers(value, name)).join(", ");
    return missing === ""
      ? undefined
      : wrong(`an object with ${members.join(", ")}`, value) +
          (isObject(value) ? `; it has no ${missing}` : "");
  };
}

/** The longest delay that timers of all runtimes take (2^31 - 1 ms, 24.8 days). */
const longestMs = 2_147_483_647;

export const checkDuration: Check = (value) =>
  must(
    `milliseconds: 0 or from 1 to ${longestMs}`,
    value,
    typeof value === "number" && (value === 0 || (value >= 1 && value <= longestMs)),
  );

export const checkPositiveInteger: Check = (value) => must("a positive integer", value, isInteger(value, 1));

/** 0 or a positive integer. */
export const checkCount: Check = (value) => must("0 or a positive integer", value, isInteger(value, 0));

/** A limit of a rate limiter. */
export const checkLimit: Check = (value) =>
  must("an integer from 1 to 10,000,000", value, isInteger(value, 1, 10_000_000));

export const checkPositiveNumber: Check = (value) =>
  must("a positive number", value, Number.isFinite(value) && Number(value) > 0);

export const checkText: Check = (value) =>
  must("a non-empty string", value, typeof value === "string" && value !== "");

export const checkFlag: Check = (value) => must("true or false", value, typeof value === "boolean");

export const checkPems: Check = (value) =>
  must(
    "PEM as a string or bytes, or an array of them",
    value,
    (Array.isArray(value) ? value : [value]).every(
      (one) => typeof one === "string" || one instanceof Uint8Array,
    ),
  );

export const checkCallback: Check = (value) => must("a function", value, typeof value === "function");

export const checkObject: Check = (value) => must("an object", value, isObject(value));

export const checkSignal: Check = (value) =>
  must("an AbortSignal", value, hasMembers(value, "aborted", "addEventListener", "removeEventListener"));

export const checkCodec: Check = (value) =>
  must(
    'the string "json", "text" or "raw", or an object with encode and decode',
    value,
    value === "json" || value === "text" || value === "raw" || hasMembers(value, "encode", "decode"),
  );

export const checkOnLimit: Check = (value) =>
  must(
    'the string "reject" or an object { wait: milliseconds }',
    value,
    value === "reject" ||
      (isPlainObject(value) && Object.keys(value).length === 1 && checkDuration(value.wait) === undefined),
  );

/** WHATWG WebSockets, close(). */
export const checkCloseCode: Check = (value) =>
  must("1000 or from 3000 to 4999", value, value === 1000 || isInteger(value, 3000, 4999));

/** RFC 6455 section 5.5. */
export const checkCloseReason: Check = (value) =>
  must(
    "a string of at most 123 bytes of UTF-8",
    value,
    typeof value === "string" && utf8(value).length <= 123,
  );

/** RFC 9110 section 5.6.2. */
const token = /^[!#$%&'*+\-.^`|~\w]+$/;
const headerValue = /^[\t\x20-\x7e\x80-\xff]*$/;
const ownHeaders = /^(?:connection|upgrade|sec-websocket-.*)$/i;

export const checkHeaders: Check = (value) => {
  if (!isPlainObject(value)) return "must be a plain object of strings";
  for (const [name, content] of Object.entries(value)) {
    if (!token.test(name)) return "has a name that HTTP does not allow";
    if (ownHeaders.test(name))
      return `has ${name}, which belongs to the handshake; subprotocols go in protocols`;
    if (typeof content !== "string" || !headerValue.test(content))
      return `has ${name}, whose value HTTP does not allow`;
  }
  return undefined;
};

/** RFC 6455 section 4.1. */
export const checkProtocols: Check = (value) => {
  // A hole in an array is seen as undefined only in a copy.
  const protocols: unknown[] = Array.isArray(value) ? Array.from(value) : [value];
  return must(
    "a string that names a subprotocol, or an array of them, none twice",
    value,
    protocols.every((protocol) => typeof protocol === "string" && token.test(protocol)) &&
      new Set(protocols).size === protocols.length,
  );
};

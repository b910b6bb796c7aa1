/** Says what is wrong with a value, as what follows its name ("must be ..."), or nothing. */
export type Check = (value: unknown) => string | undefined;

/** What an operation is given where its caller gives no options: nothing to check. */
export const none: Readonly<Record<string, never>> = Object.freeze({});

/**
 * A mistake in the program is told at once: a TypeError for an option that does not exist or has the wrong type.
 * `undefined` stands for an absent option. `besides` names what is known and checked elsewhere.
 */
export function checkOptions(
  where: string,
  known: Readonly<Record<string, Check>>,
  options: unknown,
  besides: readonly string[] = [],
): void {
  if (options === none) return;
  if (!isPlainObject(options)) {
    throw new TypeError(`${where}: the options must be a plain object, not ${describe(options)}`);
  }
  for (const name of Object.keys(options)) {
    const value = options[name];
    const check = Object.hasOwn(known, name) ? known[name] : undefined;
    if (check === undefined) {
      throw new TypeError(
        `${where}: unknown option "${name}"; known are ${[...besides, ...Object.keys(known)].join(", ")}`,
      );
    }
    const problem = value === undefined ? undefined : check(value);
    if (problem !== undefined) throw new TypeError(`${where}: ${name} ${problem}`);
  }
}

/** An object without a class, of whatever realm: what is checked is then all that can be read. */
function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** Strings are not shown: an option may be a secret. */
function describe(value: unknown): string {
  if (value === null) return "null";
  if (typeof value === "number") return String(value);
  return typeof value === "object" ? "such an object" : `this ${typeof value}`;
}

/** The longest delay that timers of all runtimes take (2^31 - 1 ms, 24.8 days). */
const longestMs = 2_147_483_647;

/** RFC 9110 section 5.6.2. */
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const headerValue = /^[\t\x20-\x7e\x80-\xff]*$/;
const ownHeaders = /^(?:connection|upgrade|sec-websocket-.*)$/i;

function isDuration(value: unknown): boolean {
  return typeof value === "number" && (value === 0 || (value >= 1 && value <= longestMs));
}

function hasMembers(value: unknown, names: readonly string[]): boolean {
  return typeof value === "object" && value !== null && names.every((name) => name in value);
}

function checkHeaders(value: unknown): string | undefined {
  if (!isPlainObject(value)) return "must be a plain object of strings";
  for (const [name, content] of Object.entries(value)) {
    if (!token.test(name)) return "has a name with characters that HTTP does not allow";
    if (ownHeaders.test(name))
      return `has ${name}, which belongs to the handshake; subprotocols go in protocols`;
    if (typeof content !== "string") return `has ${name}, whose value must be a string`;
    if (!headerValue.test(content)) return `has ${name}, whose value has characters that HTTP does not allow`;
  }
  return undefined;
}

function checkProtocols(value: unknown): string | undefined {
  // A hole in an array is seen as undefined only in a copy.
  const protocols: unknown[] = Array.isArray(value) ? Array.from(value) : [value];
  const valid = protocols.every((protocol) => typeof protocol === "string" && token.test(protocol));
  if (!valid) return "must be a subprotocol name or an array of them (RFC 6455 section 4.1)";
  return new Set(protocols).size === protocols.length ? undefined : "names a subprotocol twice";
}

function isOnLimit(value: unknown): boolean {
  if (value === "reject") return true;
  if (!isPlainObject(value) || !("wait" in value)) return false;
  return isDuration(value.wait) && Object.keys(value).length === 1;
}

function isLimit(value: unknown): boolean {
  return typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= 10_000_000;
}

function isPem(value: unknown): boolean {
  return typeof value === "string" || value instanceof Uint8Array;
}

function isCloseCode(value: unknown): boolean {
  return (
    typeof value === "number" &&
    Number.isInteger(value) &&
    (value === 1000 || (value >= 3000 && value <= 4999))
  );
}

function isCloseReason(value: unknown): boolean {
  return typeof value === "string" && new TextEncoder().encode(value).length <= 123;
}

function isCodec(value: unknown): boolean {
  return value === "json" || value === "text" || value === "raw" || hasMembers(value, ["encode", "decode"]);
}

function must(be: string, holds: (value: unknown) => boolean): Check {
  return (value) => (holds(value) ? undefined : `must be ${be}, not ${describe(value)}`);
}

/** A string out of a few. */
export function oneOf(...allowed: readonly string[]): Check {
  return must(`one of ${allowed.join(", ")}`, (value) => allowed.some((one) => one === value));
}

/** An object with these members, whatever its class. */
export function shape(...members: readonly string[]): Check {
  return must(`an object with ${members.join(", ")}`, (value) => hasMembers(value, members));
}

interface Checks {
  readonly duration: Check;
  readonly positiveInteger: Check;
  readonly positiveNumber: Check;
  /** 0 or a positive integer. */
  readonly count: Check;
  readonly limit: Check;
  readonly text: Check;
  readonly flag: Check;
  readonly pems: Check;
  readonly callback: Check;
  readonly object: Check;
  readonly signal: Check;
  readonly codec: Check;
  readonly onLimit: Check;
  readonly closeCode: Check;
  readonly closeReason: Check;
  readonly headers: Check;
  readonly protocols: Check;
}

export const checks: Checks = {
  duration: must(`milliseconds: 0 or from 1 to ${longestMs}`, isDuration),
  positiveInteger: must("a positive integer", (value) => Number.isSafeInteger(value) && Number(value) > 0),
  limit: must("an integer from 1 to 10,000,000", isLimit),
  count: must("0 or a positive integer", (value) => Number.isSafeInteger(value) && Number(value) >= 0),
  positiveNumber: must("a positive number", (value) => Number.isFinite(value) && Number(value) > 0),
  text: must("a non-empty string", (value) => typeof value === "string" && value !== ""),
  flag: must("true or false", (value) => typeof value === "boolean"),
  pems: must("PEM as a string or bytes, or an array of them", (value) =>
    Array.isArray(value) ? value.every(isPem) : isPem(value),
  ),
  callback: must("a function", (value) => typeof value === "function"),
  object: must("an object", (value) => typeof value === "object" && value !== null),
  signal: must("an AbortSignal", (value) =>
    hasMembers(value, ["aborted", "addEventListener", "removeEventListener"]),
  ),
  codec: must('"json", "text", "raw" or an object with encode and decode', isCodec),
  onLimit: must('"reject" or { wait: milliseconds }', isOnLimit),
  closeCode: must("1000 or from 3000 to 4999 (WHATWG WebSockets, close())", isCloseCode),
  closeReason: must("a string of at most 123 bytes of UTF-8 (RFC 6455 section 5.5)", isCloseReason),
  headers: checkHeaders,
  protocols: checkProtocols,
};

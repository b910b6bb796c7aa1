import { transportErrorCodes } from "@outsock/core";
import { type Check, checkOptions, checks, oneOf } from "@outsock/core/options";
import { copyOf } from "./payload.ts";
import type { Rule } from "./rule-matcher.ts";
import type { Fault, FaultScript } from "./script.ts";

function must(be: string, holds: (value: unknown) => boolean): Check {
  return (value) => (holds(value) ? undefined : `must be ${be}`);
}

function isInteger(value: unknown, min: number, max: number = Number.MAX_SAFE_INTEGER): boolean {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= min && value <= max;
}

function isDuration(value: unknown): value is number {
  return checks.duration(value) === undefined;
}

function isSpan(value: unknown): boolean {
  if (!Array.isArray(value)) return isDuration(value);
  const [minMs, maxMs, ...more]: readonly unknown[] = value;
  return isDuration(minMs) && isDuration(maxMs) && minMs <= maxMs && more.length === 0;
}

function isChannels(value: unknown): boolean {
  if (!Array.isArray(value)) return isInteger(value, 1);
  return value.length > 0 && Array.from(value).every((channel) => isInteger(channel, 1));
}

/** A code that a Close frame may have (RFC 6455 section 7.4), or 1005 for none. */
function isWireCode(value: unknown): boolean {
  if (value === 1004 || value === 1006) return false;
  return isInteger(value, 1000, 1014) || isInteger(value, 3000, 4999);
}

const count = must("0 or a positive integer", (value) => isInteger(value, 0));
const span = must("milliseconds, or a pair of them, [min, max]", isSpan);
const direction = oneOf("in", "out", "both");
const moment = oneOf("open", "in", "out");
const when = oneOf("before", "after");

const filter: Readonly<Record<string, Check>> = {
  channel: must("a positive integer or a non-empty array of them", isChannels),
  skip: count,
  every: checks.positiveInteger,
  chance: must("a number from 0 to 1", (value) => typeof value === "number" && value >= 0 && value <= 1),
  times: checks.positiveInteger,
};

/** The fields of each fault. Those without a default are in `required`. */
const fields: Readonly<Record<Fault["fault"], Readonly<Record<string, Check>>>> = {
  refuse: {
    code: oneOf(...transportErrorCodes),
    status: must("an HTTP status, 100 to 599", (value) => isInteger(value, 100, 599)),
    retryAfterMs: checks.duration,
  },
  stall: {},
  "slow-open": { ms: span },
  "slow-close": { ms: span },
  delay: { on: direction, ms: span },
  drop: { on: direction },
  duplicate: { on: direction },
  late: { on: direction, ms: span },
  corrupt: { on: direction },
  flood: {
    count: checks.limit,
    message: must("text or bytes", (value) => typeof value === "string" || value instanceof Uint8Array),
  },
  cut: { on: moment, when },
  "half-open": { on: moment, when },
  close: {
    on: moment,
    when,
    code: must("a code that a Close frame may have, or 1005 for none", isWireCode),
    reason: checks.closeReason,
  },
  mute: { on: moment, when },
};

const required = ["on", "ms", "count"];

/** @throws TypeError with the index of the invalid rule and the problem. */
export function checkScript(script: FaultScript): readonly Rule[] {
  if (!Array.isArray(script)) throw new TypeError("faulty: the script must be an array of rules");
  return Array.from(script, checkRule);
}

function checkRule(given: Fault, index: number): Rule {
  const where = `faulty: rule ${index}`;
  const name: unknown = Object(given).fault;
  const own = typeof name === "string" && isFaultName(name) ? fields[name] : undefined;
  if (own === undefined)
    throw new TypeError(`${where}: fault must be one of ${Object.keys(fields).join(", ")}`);
  const known = { fault: checks.text, ...own, ...filter };
  checkOptions(`${where} (${name})`, known, given);
  const missing = required.filter((field) => field in own && Object(given)[field] === undefined);
  if (missing.length > 0) throw new TypeError(`${where} (${name}): ${missing.join(" and ")} missing`);
  return ruleOf(given, index);
}

function isFaultName(name: string): name is Fault["fault"] {
  return Object.hasOwn(fields, name);
}

/** A copy, so that later changes of the script have no effect. */
function ruleOf(given: Fault, index: number): Rule {
  const { channel, skip = 0, every = 1, chance = 1, times = Number.POSITIVE_INFINITY } = given;
  const channels =
    channel === undefined ? undefined : new Set(typeof channel === "number" ? [channel] : channel);
  return { index, fault: copyOfFault(given), channels, skip, every, chance, times };
}

function copyOfFault(given: Fault): Fault {
  if (given.fault === "flood" && given.message !== undefined)
    return { ...given, message: copyOf(given.message) };
  if ("ms" in given && typeof given.ms !== "number") {
    const [minMs, maxMs] = given.ms;
    return { ...given, ms: [minMs, maxMs] };
  }
  return { ...given };
}

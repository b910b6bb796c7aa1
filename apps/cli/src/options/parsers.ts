import { InvalidArgumentError } from "commander";
import { parseDuration } from "./durations.ts";

/** A duration of any length, 0 included, in milliseconds. */
export function duration(text: string): number {
  const parsed = parseDuration(text);
  if (!parsed.ok) throw new InvalidArgumentError(`${capitalised(parsed.problem)}.`);
  return parsed.ms;
}

/** A duration of more than 0, for time limits. */
export function timeout(text: string): number {
  const ms = duration(text);
  if (ms === 0) throw new InvalidArgumentError("It must be longer than 0.");
  return ms;
}

export function positiveInteger(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value > 0) return value;
  throw new InvalidArgumentError("It must be a whole number of at least 1.");
}

export function positiveNumber(text: string): number {
  const value = Number(text);
  if (/^\d*\.?\d+$/.test(text) && Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError("It must be a number above 0.");
}

/** A parser for whole numbers within a range. */
export function integerWithin(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
  };
}

/** Collects the values of a repeatable option, in order. */
export function collect(text: string, earlier: readonly string[] = []): readonly string[] {
  return [...earlier, text];
}

function capitalised(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/** Whether a Close frame may carry this code (RFC 6455 section 7.4, and the IANA registry up to 1014). */
export function isCloseCode(code: number): boolean {
  const isRegistered = code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code);
  return isRegistered || (code >= 3000 && code <= 4999);
}

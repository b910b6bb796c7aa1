import { environmentValue } from "../options/headers.ts";
import { UsageError } from "../output/usage-error.ts";

/** Puts back what a tape has replaced. Each answers nothing where a stand-in is left that nobody has named. */
export interface StandIns {
  /** What was named. */
  readonly secrets: readonly string[];
  inMessage(text: string): string | undefined;
  inUrl(url: string): string | undefined;
  inName(name: string): string | undefined;
  /** The first stand-in of a text that nobody has named, as `***1`. */
  missingIn(text: string): string | undefined;
}

/** From `--secret-env 1=TOKEN`: `***1` stands for the value of TOKEN. */
export function readStandIns(options: readonly string[], env: NodeJS.ProcessEnv): StandIns {
  const values = new Map(options.map((option) => readStandIn(option, env)));
  const putBack = (text: string, escaped: (value: string) => string): string | undefined => {
    const put = text.replace(/\*\*\*(\d+)/g, (stand, number: string) => {
      const value = values.get(number);
      return value === undefined ? stand : escaped(value);
    });
    return [...text.matchAll(/\*\*\*(\d*)/g)].every(([, number = ""]) => values.has(number))
      ? put
      : undefined;
  };
  return {
    secrets: [...values.values()],
    inMessage: (text) => putBack(text, isJson(text) ? escapeForJson : asItIs),
    inUrl: (url) => putBack(url, encodeURIComponent),
    inName: (name) => putBack(name, asItIs),
    missingIn: (text) =>
      [...text.matchAll(/\*\*\*(\d*)/g)].find(([, number = ""]) => !values.has(number))?.[0],
  };
}

function readStandIn(option: string, env: NodeJS.ProcessEnv): readonly [number: string, value: string] {
  const [, number, variable] = /^(?:\*\*\*)?(\d+)=(\w+)$/.exec(option) ?? [];
  if (number === undefined || variable === undefined) {
    throw new UsageError("--secret-env looks like 1=TOKEN, for what stands as ***1 on the tape");
  }
  return [number, environmentValue(variable, env)];
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function escapeForJson(value: string): string {
  return JSON.stringify(value).slice(1, -1);
}

function asItIs(value: string): string {
  return value;
}

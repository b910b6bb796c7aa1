import { UsageError } from "../usage-error.ts";
import { environmentValue } from "./headers.ts";

/** Puts back what a tape has replaced. Nothing where a stand-in is left that nobody has named. */
export type PutBack = (text: string) => string | undefined;

/** From `--secret-env 1=TOKEN`: `***1` stands for the value of TOKEN. */
export function readStandIns(options: readonly string[], env: NodeJS.ProcessEnv): PutBack {
  const values = new Map(options.map((option) => readStandIn(option, env)));
  return (text) => {
    const put = text.replace(/\*\*\*(\d+)/g, (stand, number: string) => values.get(number) ?? stand);
    return /\*\*\*\d/.test(put) ? undefined : put;
  };
}

function readStandIn(option: string, env: NodeJS.ProcessEnv): readonly [number: string, value: string] {
  const [, number, variable] = /^(?:\*\*\*)?(\d+)=(\w+)$/.exec(option) ?? [];
  if (number === undefined || variable === undefined) {
    throw new UsageError("--secret-env looks like 1=TOKEN, for what stands as ***1 on the tape");
  }
  // As part of a JSON string; of plain text the same for all that a token is made of.
  return [number, JSON.stringify(environmentValue(variable, env)).slice(1, -1)];
}

import { styleText } from "node:util";
import type { Check, Step } from "./demonstration.ts";

const claimWidth = 38;

/** A step for people: its title, and a line for every check. */
export function renderStep(step: Step, number: number): string {
  const { stdout: stream } = process;
  const title = styleText("bold", `${number} ${step.title}`, { stream });
  return [title, ...step.checks.map(renderCheck)].join("\n");
}

function renderCheck({ claim, seen, right }: Check): string {
  const { stdout: stream } = process;
  const mark = right ? styleText("green", "   ok", { stream }) : styleText("red", "WRONG", { stream });
  return `${mark}  ${claim.padEnd(claimWidth)}${seen}`;
}

import { styleText } from "node:util";
import type { Command } from "commander";
import type { DemoCheck, DemoStep } from "../demo/demo-context.ts";
import { jsonOption } from "../options/connection-options.ts";
import { exitCodes } from "../output/exit-codes.ts";
import type { CommandWork, StartCommand } from "../perform.ts";

export function addDemoCommand(program: Command, start: StartCommand): void {
  const command = program
    .command("demo")
    .description("run the library against a local Node inspector, and check the results")
    .addOption(jsonOption());
  command.action(() => start(command, demoWork));
}

const demoWork: CommandWork = async ({ output, signal }) => {
  const { runDemo } = await import("../demo/run-demo.ts");
  const startedAt = performance.now();
  const steps: DemoStep[] = [];
  const stats = await runDemo(signal, output.say, (step) => {
    steps.push(step);
    if (!output.json) void output.print(renderStep(step, steps.length));
  });
  const tookMs = Math.round(performance.now() - startedAt);
  const wrong = steps.flatMap(({ checks }) => checks).filter(({ right }) => !right).length;
  if (output.json)
    await output.print(JSON.stringify({ success: wrong === 0, data: { steps, stats, tookMs } }));
  else await output.print(wrong === 0 ? `all right, in ${tookMs} ms` : `${wrong} checks failed`);
  return wrong === 0 ? exitCodes.ok : exitCodes.bug;
};

const claimWidth = 40;

/** A step as text: its title, and a line for every check. */
function renderStep(step: DemoStep, number: number): string {
  const { stdout: stream } = process;
  const title = styleText("bold", `${number} ${step.title}`, { stream });
  return [title, ...step.checks.map(renderCheck)].join("\n");
}

function renderCheck({ claim, seen, right }: DemoCheck): string {
  const { stdout: stream } = process;
  const mark = right ? styleText("green", "   ok", { stream }) : styleText("red", "WRONG", { stream });
  return `${mark}  ${claim.padEnd(claimWidth)}${seen}`;
}

import { contentsTable, measurePrograms, sizeTable } from "../support/bundles.ts";

/** `pnpm size [words of a program's name]`: the sizes of all programs, and what the named ones consist of, or the first. */
const words = process.argv.slice(2);
const measurements = await measurePrograms();
process.stdout.write(sizeTable(measurements));
const chosen = measurements.filter(({ program: { name } }) => words.every((word) => name.includes(word)));
if (chosen.length === 0) throw new TypeError(`no program is named ${words.join(" ")}`);
for (const one of words.length === 0 ? chosen.slice(0, 1) : chosen) {
  process.stdout.write(`\n${one.program.name}, minified bytes by package and by source\n`);
  process.stdout.write(contentsTable(one, 40));
}

import { readFileSync } from "node:fs";
import { capabilitiesTable } from "./capabilities-table.ts";
import { root } from "./documents.ts";

const example = /(?<=<!-- example: (?<file>\S+) -->\n+```ts\n)[\s\S]*?(?=```\n)/g;
const table = /(?<=<!-- capabilities -->\n)[\s\S]*?(?=<!-- \/capabilities -->)/g;

/** The text of a page with its examples and its table of capabilities as the code has them now. */
export function refreshed(text: string): string {
  return text
    .replaceAll(example, (_code, file: string) => readFileSync(`${root}/apps/examples/${file}`, "utf8"))
    .replaceAll(table, `\n${capabilitiesTable()}\n`);
}

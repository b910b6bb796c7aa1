import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../..", import.meta.url));
const documents = ["README.md", "docs/**/*.md", "packages/*/README.md", "apps/examples/README.md"];
const shownOutput = /<!-- output: (?<name>[\w-]+) -->\n+```text\n(?<text>[\s\S]*?)```/g;

/** The outputs that the documentation shows, in text blocks after `<!-- output: name-of-the-example -->`. */
export function shownOutputs(): ReadonlyMap<string, readonly string[]> {
  const outputs = new Map<string, string[]>();
  for (const file of globSync(documents, { cwd: root })) {
    for (const { groups } of readFileSync(`${root}/${file}`, "utf8").matchAll(shownOutput)) {
      const { name = "", text = "" } = groups ?? {};
      outputs.set(name, [...(outputs.get(name) ?? []), text]);
    }
  }
  return outputs;
}

import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Markdown, parseMarkdown } from "./markdown.ts";

export interface Document extends Markdown {
  /** From the repository's root. */
  readonly path: string;
  readonly text: string;
}

export const root: string = fileURLToPath(new URL("../../../..", import.meta.url));

const places = [
  "*.md",
  "docs/**/*.md",
  "dashboards/*.md",
  "packages/*/README.md",
  "apps/*/README.md",
  "apps/examples/*/README.md",
];

/** Every page of documentation in the repository. */
export function readDocuments(): readonly Document[] {
  return globSync(places, { cwd: root }).sort().map(readDocument);
}

export function readDocument(path: string): Document {
  const text = readFileSync(`${root}/${path}`, "utf8");
  return { path, text, ...parseMarkdown(text) };
}

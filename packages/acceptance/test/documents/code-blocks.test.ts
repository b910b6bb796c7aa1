import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { compileSnippets, runSnippet, type Snippet } from "./compile-blocks.ts";
import { readDocuments, root } from "./documents.ts";

const snippets: readonly Snippet[] = readDocuments().flatMap(({ path, blocks }) =>
  blocks
    .filter(({ language }) => language === "ts")
    .map((block) => ({ place: `${path}:${block.line}`, block })),
);
const isExample = ({ block }: Snippet): boolean => block.marker?.startsWith("example: ") === true;
const modules = snippets.filter((snippet) => !isExample(snippet));
const languages = ["ts", "js", "sh", "text", "json", "yaml", ""];

describe("TypeScript in the documentation", () => {
  let complaints: string;

  beforeAll(async () => {
    complaints = await compileSnippets(modules);
  }, 60_000);

  it("has examples and modules", () => {
    expect(snippets.filter(isExample)).not.toHaveLength(0);
    expect(modules).not.toHaveLength(0);
  });

  it.each(snippets.filter(isExample))("$place is the example that it names", ({ block }) => {
    const file = block.marker?.replace("example: ", "") ?? "";
    expect(block.code).toBe(readFileSync(`${root}/apps/examples/${file}`, "utf8"));
  });

  it("is fenced as ts, so that none escapes these tests", () => {
    const used = new Set(readDocuments().flatMap(({ blocks }) => blocks.map(({ language }) => language)));
    expect([...used].filter((language) => !languages.includes(language))).toEqual([]);
  });

  it("compiles", () => {
    expect(complaints).toBe("");
  });

  it.each(modules.filter(({ block }) => block.flags.includes("run")))("$place runs", async (snippet) => {
    await runSnippet(snippet);
  });
});

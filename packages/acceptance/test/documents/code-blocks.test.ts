import { beforeAll, describe, expect, it } from "vitest";
import { compileSnippets, runSnippet, type Snippet } from "./compile-blocks.ts";
import { readDocuments } from "./documents.ts";

const snippets: readonly Snippet[] = readDocuments().flatMap(({ path, blocks }) =>
  blocks
    .filter(({ language }) => language === "ts" || language === "typescript")
    .map((block) => ({ place: `${path}:${block.line}`, block })),
);
const isExample = ({ block }: Snippet): boolean => block.marker?.startsWith("example: ") === true;
const modules = snippets.filter((snippet) => !isExample(snippet));

describe("TypeScript in the documentation", () => {
  let complaints: string;

  beforeAll(async () => {
    complaints = await compileSnippets(modules);
  }, 60_000);

  it("is there, as examples and as modules", () => {
    expect(snippets.filter(isExample)).not.toHaveLength(0);
    expect(modules).not.toHaveLength(0);
  });

  it("compiles", () => {
    expect(complaints).toBe("");
  });

  it.each(modules.filter(({ block }) => block.flags.includes("run")))("$place runs", async (snippet) => {
    await runSnippet(snippet);
  });
});

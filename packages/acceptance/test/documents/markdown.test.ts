import { describe, expect, it } from "vitest";
import { parseMarkdown } from "./markdown.ts";

describe("the reader of these tests", () => {
  it("finds code with its language, its flags and the comment above", () => {
    const { blocks } = parseMarkdown(
      "a\n\n<!-- example: x/main.ts -->\n\n```ts run\nf();\n```\n```sh\nls\n```\n",
    );

    expect(blocks).toEqual([
      { line: 5, language: "ts", flags: ["run"], code: "f();\n", marker: "example: x/main.ts" },
      { line: 8, language: "sh", flags: [], code: "ls\n", marker: undefined },
    ]);
  });

  it("makes anchors as GitHub does", () => {
    const { anchors } = parseMarkdown("# Why not just `ws`?\n## RATE_LIMITED\n## Test\n## Test\n");

    expect(anchors).toEqual(["why-not-just-ws", "rate_limited", "test", "test-1"]);
  });

  it("finds links, but none in code", () => {
    const { links } = parseMarkdown("[a](b.md#c) `[no](d)`\n```md\n[no](e)\n```\n[f](#g)\n");

    expect(links).toEqual([
      { line: 1, target: "b.md#c" },
      { line: 5, target: "#g" },
    ]);
  });

  it("refuses a block that does not end", () => {
    expect(() => parseMarkdown("```ts\nf();\n")).toThrow("line 1");
  });
});

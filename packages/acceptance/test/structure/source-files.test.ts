import { describe, expect, it } from "vitest";
import {
  computedMembers,
  importCircles,
  longFiles,
  longFunctions,
  smallFiles,
  sourceGraph,
  sourceTexts,
} from "../support/source-graph.ts";
import { entryFilesOf, programsOf, sourcesOf, workspacePackages } from "../support/workspace.ts";

const longFile = 400;
const longFunction = 60;
const smallFile = 40;

const packages = workspacePackages
  .map((one) => ({
    folder: one.folder,
    graph: sourceGraph(sourcesOf(one)),
    entries: new Set([...entryFilesOf(one), ...programsOf(one)]),
  }))
  .filter(({ graph }) => graph.texts.size > 0);

describe.each(packages)("the sources of $folder", ({ graph, entries }) => {
  it("import each other in one direction only", () => {
    expect(importCircles(graph)).toEqual([]);
  });

  it(`are in files of ${smallFile} lines or more, or have several importers, or say why they stand alone`, () => {
    expect(smallFiles(graph, entries, smallFile)).toEqual([]);
  });

  it("have no class that bundlers keep where it is not used", () => {
    expect(computedMembers(graph.texts)).toEqual([]);
  });
});

/** Length is no mistake, but a reason to look twice: this warns and never fails. */
it(`lists files over ${longFile} lines and functions over ${longFunction}`, () => {
  const long = packages.flatMap(({ graph: { texts } }) => [
    ...longFiles(texts, longFile),
    ...longFunctions(texts, longFunction),
  ]);
  if (long.length > 0) {
    process.stderr.write(`warning: long, look twice\n${long.map((one) => `  ${one}\n`).join("")}`);
  }
});

describe("the check for computed members", () => {
  it("finds methods, accessors and fields, and passes declared fields and well-known symbols", () => {
    const texts = sourceTexts({
      "src/a.ts":
        "class A { [Symbol.iterator]() {} declare readonly [key]: string; get [one]() {} [two] = 1; [three]() {} }",
    });
    expect(computedMembers(texts)).toEqual(["src/a.ts: [one]", "src/a.ts: [two]", "src/a.ts: [three]"]);
  });
});

describe("the check for import circles", () => {
  const circles = (files: Readonly<Record<string, string>>): readonly string[] =>
    importCircles(sourceGraph(sourceTexts(files)));

  it("passes a tree without one, two ways to the same file included", () => {
    expect(
      circles({
        "src/a.ts": 'import { b } from "./b.ts"; import { c } from "./sub/c.ts";',
        "src/b.ts": 'export { c } from "./sub/c.ts";',
        "src/sub/c.ts": 'import { readFile } from "node:fs"; import "@outsock/core"; export const c = 1;',
      }),
    ).toEqual([]);
  });

  it.each([
    ["an import", 'import { b } from "./b.ts";'],
    ["a type-only import", 'import type { B } from "./b.ts";'],
    ["an import for its effects", 'import "./b.ts";'],
    ["a re-export", 'export { b } from "./b.ts";'],
    ["a re-export of everything", 'export * from "./b.ts";'],
    ["a dynamic import", 'const b = await import("./b.ts");'],
    ["an import() type", 'export type B = import("./b.ts").B;'],
  ])("counts %s", (_kind, code) => {
    expect(circles({ "src/a.ts": code, "src/b.ts": 'import { a } from "./a.ts";' })).toEqual([
      "src/a.ts -> src/b.ts -> src/a.ts",
    ]);
  });

  it("counts no import in a comment or a string", () => {
    const comment = '// import "./b.ts"\n/* import "./b.ts" */ const text = `import "./b.ts"`;';
    expect(circles({ "src/a.ts": comment, "src/b.ts": 'import "./a.ts";' })).toEqual([]);
  });

  it("finds a file that imports itself", () => {
    expect(circles({ "src/a.ts": 'import "./a.ts";' })).toEqual(["src/a.ts -> src/a.ts"]);
  });

  it("shows the shortest circle of a knot and names its other files, and keeps two knots apart", () => {
    expect(
      circles({
        "src/a.ts": 'import "./b.ts";',
        "src/b.ts": 'import "./c.ts";',
        "src/c.ts": 'import "./a.ts"; import "./d.ts";',
        "src/d.ts": 'import "./c.ts"; import "./x.ts";',
        "src/x.ts": 'import "./y.ts";',
        "src/y.ts": 'import "./x.ts";',
      }),
    ).toEqual([
      "src/c.ts -> src/d.ts -> src/c.ts; in one knot with src/a.ts, src/b.ts",
      "src/x.ts -> src/y.ts -> src/x.ts",
    ]);
  });
});

describe("the check for small files", () => {
  const tree = (small: string, more: Readonly<Record<string, string>> = {}): readonly string[] =>
    smallFiles(
      sourceGraph(sourceTexts({ "src/index.ts": 'import "./small.ts";', "src/small.ts": small, ...more })),
      new Set(["src/index.ts"]),
      smallFile,
    );

  it("finds a small file with one importer, and says who imports it", () => {
    expect(tree("export const a = 1;\n")).toEqual(["src/small.ts (1 lines), imported only by src/index.ts"]);
  });

  it("draws the line at the limit", () => {
    expect(tree("//\n".repeat(smallFile - 1))).toHaveLength(1);
    expect(tree("//\n".repeat(smallFile))).toEqual([]);
  });

  it("passes a file with two importers", () => {
    const other = `import "./small.ts";\n${"//\n".repeat(smallFile)}`;
    expect(tree("", { "src/other.ts": other })).toEqual([]);
  });

  it("passes an entry of the package, however many files import it", () => {
    const texts = sourceTexts({ "src/index.ts": "", "src/other.ts": 'import "./index.ts";' });
    expect(smallFiles(sourceGraph(texts), new Set(["src/index.ts"]), smallFile)).toEqual([]);
  });

  it("passes a declaration file", () => {
    const texts = sourceTexts({ "src/a.ts": 'import "./platform.d.ts";', "src/platform.d.ts": "" });
    expect(smallFiles(sourceGraph(texts), new Set(), smallFile)).toEqual([]);
  });

  it("passes a file whose first line gives a reason", () => {
    expect(tree("// Stands alone: bundles replace it.\nexport const a = 1;\n")).toEqual([]);
  });

  it.each([
    ["without a reason", "// Stands alone: .\n"],
    ["without a full stop", "// Stands alone: bundles replace it\n"],
    ["below the first line", "\n// Stands alone: bundles replace it.\n"],
  ])("accepts no reason %s", (_what, text) => {
    expect(tree(text)).toHaveLength(1);
  });
});

describe("the list of long files and functions", () => {
  it("names files over the limit", () => {
    const texts = sourceTexts({ "src/a.ts": "//\n".repeat(4), "src/b.ts": "//\n".repeat(3) });
    expect(longFiles(texts, 3)).toEqual(["src/a.ts (4 lines)"]);
  });

  it("names functions, methods and arrow functions over the limit", () => {
    const text = [
      "function long() {\n\n\n}",
      "class A { method() {\n\n\n} }",
      "export const arrow = () => {\n\n\n};",
      "function short() {\n}",
    ].join("\n");
    expect(longFunctions(sourceTexts({ "src/a.ts": text }), 3)).toEqual([
      "src/a.ts:1 long (4 lines)",
      "src/a.ts:5 method (4 lines)",
      "src/a.ts:9  (4 lines)",
    ]);
  });
});

import { dirname, join } from "node:path/posix";
import ts from "typescript-5.9";

/** Text by path. Paths are from the root of the repository, or of a made-up tree, with forward slashes. */
export type SourceTexts = ReadonlyMap<string, string>;

/** The imports between the source files of one package. */
export interface SourceGraph {
  readonly texts: SourceTexts;
  /** What each file imports of the others, without doubles. Type-only, dynamic and re-exporting imports count. */
  readonly imports: ReadonlyMap<string, readonly string[]>;
}

/** A tree for a test: `{ "src/a.ts": "import './b.ts'" }`. */
export function sourceTexts(files: Readonly<Record<string, string>>): SourceTexts {
  return new Map(Object.entries(files));
}

const parsed = new Map<string, ts.SourceFile>();

/** A file's syntax tree. Parsed once, as several checks want it. */
export function parse(path: string, text: string): ts.SourceFile {
  const key = `${path}\0${text}`;
  const known = parsed.get(key);
  if (known !== undefined) return known;
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  parsed.set(key, file);
  return file;
}

/** Calls `visit` for a node and all below it, parents first. */
function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  ts.forEachChild(node, (child) => walk(child, visit));
}

/** The module that a node names, if it is an import of any kind. */
function specifierIn(node: ts.Node): string | undefined {
  const named =
    ts.isImportDeclaration(node) || ts.isExportDeclaration(node)
      ? node.moduleSpecifier
      : ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword
        ? node.arguments[0]
        : ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)
          ? node.argument.literal
          : undefined;
  return named !== undefined && ts.isStringLiteralLike(named) ? named.text : undefined;
}

/** Every module that a file imports, in the file's order: static, type-only, re-exporting, dynamic, and `import()` types. */
export function importsIn(path: string, text: string): readonly string[] {
  const found: string[] = [];
  walk(parse(path, text), (node) => {
    const specifier = specifierIn(node);
    if (specifier !== undefined) found.push(specifier);
  });
  return found;
}

/** The graph of the given files. Imports of anything else are left out. */
export function sourceGraph(texts: SourceTexts): SourceGraph {
  const imports = new Map<string, readonly string[]>();
  for (const [path, text] of texts) {
    const targets = importsIn(path, text)
      .filter((specifier) => specifier.startsWith("."))
      .map((specifier) => join(dirname(path), specifier))
      .filter((target) => texts.has(target));
    imports.set(path, [...new Set(targets)]);
  }
  return { texts, imports };
}

/** The files that import each file. */
function importersOf({ imports }: SourceGraph): ReadonlyMap<string, readonly string[]> {
  const importers = new Map<string, string[]>([...imports.keys()].map((path) => [path, []]));
  for (const [path, targets] of imports) for (const target of targets) importers.get(target)?.push(path);
  return importers;
}

/** All files that can be reached from one, in the order of their distance, without itself unless it is in a circle. */
function reachable({ imports }: SourceGraph, from: string): ReadonlyMap<string, string> {
  const reachedFrom = new Map<string, string>();
  const open = [from];
  for (let path = open.shift(); path !== undefined; path = open.shift()) {
    for (const target of imports.get(path) ?? []) {
      if (reachedFrom.has(target)) continue;
      reachedFrom.set(target, path);
      open.push(target);
    }
  }
  return reachedFrom;
}

/**
 * The import circles, one line for each knot of files that import each other: a shortest circle through it as
 * `a.ts -> b.ts -> a.ts`, and the other files of the knot, if there are any.
 */
export function importCircles(graph: SourceGraph): readonly string[] {
  const reach = new Map([...graph.imports.keys()].map((path) => [path, reachable(graph, path)]));
  const seen = new Set<string>();
  const circles: string[] = [];
  for (const start of [...graph.imports.keys()].sort()) {
    if (seen.has(start) || !reach.get(start)?.has(start)) continue;
    const knot = [...(reach.get(start)?.keys() ?? [])].filter((path) => reach.get(path)?.has(start)).sort();
    for (const path of knot) seen.add(path);
    const shortest = knot
      .map((path) => circleThrough(path, reach.get(path)))
      .reduce((best, circle) => (circle.length < best.length ? circle : best));
    const others = knot.filter((path) => !shortest.includes(path));
    circles.push(
      [shortest.join(" -> "), ...(others.length > 0 ? [`in one knot with ${others.join(", ")}`] : [])].join(
        "; ",
      ),
    );
  }
  return circles;
}

function circleThrough(
  path: string,
  reachedFrom: ReadonlyMap<string, string> | undefined,
): readonly string[] {
  const circle = [path];
  let previous = reachedFrom?.get(path);
  while (previous !== undefined && previous !== path) {
    circle.unshift(previous);
    previous = reachedFrom?.get(previous);
  }
  return [path, ...circle];
}

/** How many lines a file has. An empty end does not count. */
export function lineCount(text: string): number {
  return text.trimEnd().split("\n").length;
}

/** What lets a small file stand alone: its first line, with a reason. */
const standsAlone = /^\/\/ Stands alone: \S[^\n]*\.\r?\n/;

/**
 * Files under `limit` lines that only one other file imports, and that do not say why they stand alone. Entries of the
 * package and declaration files may be as small as they like.
 */
export function smallFiles(
  graph: SourceGraph,
  entries: ReadonlySet<string>,
  limit: number,
): readonly string[] {
  const importers = importersOf(graph);
  return [...graph.texts]
    .filter(([path, text]) => {
      const exempt = entries.has(path) || path.endsWith(".d.ts") || standsAlone.test(text);
      return !exempt && lineCount(text) < limit && importers.get(path)?.length === 1;
    })
    .map(([path, text]) => `${path} (${lineCount(text)} lines), imported only by ${importers.get(path)?.[0]}`)
    .sort();
}

/** Files over `limit` lines. */
export function longFiles(texts: SourceTexts, limit: number): readonly string[] {
  return [...texts]
    .filter(([, text]) => lineCount(text) > limit)
    .map(([path, text]) => `${path} (${lineCount(text)} lines)`)
    .sort();
}

/** Functions and methods over `limit` lines, from their name to their closing brace. */
export function longFunctions(texts: SourceTexts, limit: number): readonly string[] {
  const found: string[] = [];
  for (const [path, text] of texts) {
    const file = parse(path, text);
    const lineOf = (position: number): number => file.getLineAndCharacterOfPosition(position).line + 1;
    walk(file, (node) => {
      if (!ts.isFunctionLike(node) || !("body" in node) || node.body === undefined) return;
      const first = lineOf(node.getStart(file));
      const lines = lineOf(node.getEnd()) - first + 1;
      if (lines > limit) found.push(`${path}:${first} ${node.name?.getText(file) ?? ""} (${lines} lines)`);
    });
  }
  return found.sort();
}

/**
 * Members of classes whose names are computed, but for well-known symbols. esbuild takes such a class for a side effect, and keeps it and
 * all that it uses in programs that do not use it. Declared fields are no code.
 */
export function computedMembers(texts: SourceTexts): readonly string[] {
  const found: string[] = [];
  for (const [path, text] of texts) {
    walk(parse(path, text), (node) => {
      if (!ts.isClassElement(node) || node.name === undefined || !ts.isComputedPropertyName(node.name))
        return;
      const declared =
        ts.canHaveModifiers(node) && ts.getCombinedModifierFlags(node) & ts.ModifierFlags.Ambient;
      const name = node.name.getText();
      if (!declared && !name.startsWith("[Symbol.")) found.push(`${path}: ${name}`);
    });
  }
  return found;
}

/** The names of every identifier in a file, each with the line where it stands first. Comments and strings do not count. */
export function identifiersIn(path: string, text: string): ReadonlyMap<string, number> {
  const file = parse(path, text);
  const found = new Map<string, number>();
  walk(file, (node) => {
    if (!(ts.isIdentifier(node) || ts.isPrivateIdentifier(node))) return;
    const name = node.text.replace(/^#/, "");
    if (!found.has(name)) {
      found.set(name, file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1);
    }
  });
  return found;
}

import { dirname, join } from "node:path/posix";
import ts from "typescript-5.9";
import { parse, type SourceTexts } from "./source-graph.ts";

/** The files behind the public entries of packages: `"@outsock/core/testing"` to `"packages/core/src/testing.ts"`. */
export type Entries = ReadonlyMap<string, string>;

/**
 * What a module exports: each name with the place of its declaration, as `packages/core/src/errors.ts#OutsockError`.
 * Re-exports are followed to the declaration, through other packages' entries too, so that one thing has one place
 * however it is reached.
 */
export function exportsOf(path: string, texts: SourceTexts, entries: Entries): ReadonlyMap<string, string> {
  return new Resolver(texts, entries).exportsOf(path);
}

/**
 * Names that two public entries use for different things, with each entry and the declaration behind it. Entries of one
 * package count like entries of two.
 */
export function namesUsedTwice(texts: SourceTexts, entries: Entries): readonly string[] {
  const resolver = new Resolver(texts, entries);
  const uses = new Map<string, Map<string, string[]>>();
  for (const [entry, path] of entries) {
    for (const [name, place] of resolver.exportsOf(path)) {
      const places = uses.get(name) ?? new Map<string, string[]>();
      uses.set(name, places.set(place, [...(places.get(place) ?? []), entry]));
    }
  }
  return [...uses]
    .filter(([, places]) => places.size > 1)
    .map(([name, places]) => {
      const each = [...places].map(([place, from]) => `${place} (from ${from.join(", ")})`);
      return `${name}: ${each.join(" and ")}`;
    })
    .sort();
}

class Resolver {
  readonly #texts: SourceTexts;
  readonly #entries: Entries;
  readonly #known = new Map<string, ReadonlyMap<string, string>>();

  constructor(texts: SourceTexts, entries: Entries) {
    this.#texts = texts;
    this.#entries = entries;
  }

  exportsOf(path: string): ReadonlyMap<string, string> {
    const known = this.#known.get(path);
    if (known !== undefined) return known;
    const names = new Map<string, string>();
    this.#known.set(path, names);
    const text = this.#texts.get(path);
    if (text === undefined) throw new Error(`${path} is not among the sources`);
    const file = parse(path, text);
    const imported = this.#importsOf(path, file);
    for (const statement of file.statements) {
      if (ts.isExportDeclaration(statement)) this.#reexport(path, statement, imported, names);
      else if (isExported(statement)) {
        for (const name of declaredNames(statement)) names.set(name, `${path}#${name}`);
      }
    }
    return names;
  }

  #reexport(
    path: string,
    { exportClause, moduleSpecifier }: ts.ExportDeclaration,
    imported: ReadonlyMap<string, string>,
    names: Map<string, string>,
  ): void {
    const from =
      moduleSpecifier !== undefined && ts.isStringLiteral(moduleSpecifier) ? moduleSpecifier.text : undefined;
    if (exportClause === undefined) {
      const target = from === undefined ? undefined : this.#fileOf(path, from);
      for (const [name, place] of target === undefined ? [] : this.exportsOf(target)) names.set(name, place);
    } else if (ts.isNamespaceExport(exportClause)) {
      names.set(exportClause.name.text, `${from}#*`);
    } else {
      for (const { name, propertyName } of exportClause.elements) {
        const local = (propertyName ?? name).text;
        const place =
          from === undefined ? (imported.get(local) ?? `${path}#${local}`) : this.#placeOf(path, from, local);
        names.set(name.text, place);
      }
    }
  }

  /** The names that a file imports, each with the place of its declaration. */
  #importsOf(path: string, file: ts.SourceFile): ReadonlyMap<string, string> {
    const imported = new Map<string, string>();
    for (const statement of file.statements) {
      if (!ts.isImportDeclaration(statement) || !ts.isStringLiteral(statement.moduleSpecifier)) continue;
      const bindings = statement.importClause?.namedBindings;
      if (bindings === undefined || !ts.isNamedImports(bindings)) continue;
      for (const { name, propertyName } of bindings.elements) {
        const original = (propertyName ?? name).text;
        imported.set(name.text, this.#placeOf(path, statement.moduleSpecifier.text, original));
      }
    }
    return imported;
  }

  #placeOf(path: string, specifier: string, name: string): string {
    const target = this.#fileOf(path, specifier);
    return target === undefined
      ? `${specifier}#${name}`
      : (this.exportsOf(target).get(name) ?? `${target}#${name}`);
  }

  #fileOf(path: string, specifier: string): string | undefined {
    if (!specifier.startsWith(".")) return this.#entries.get(specifier);
    const target = join(dirname(path), specifier);
    return this.#texts.has(target) ? target : undefined;
  }
}

function isExported(statement: ts.Statement): boolean {
  return (
    ts.canHaveModifiers(statement) &&
    (ts.getModifiers(statement) ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)
  );
}

function declaredNames(statement: ts.Statement): readonly string[] {
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.flatMap(({ name }) => boundNames(name));
  }
  const named =
    ts.isFunctionDeclaration(statement) ||
    ts.isClassDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement) ||
    ts.isEnumDeclaration(statement) ||
    ts.isModuleDeclaration(statement);
  return named && statement.name !== undefined ? [statement.name.text] : [];
}

function boundNames(name: ts.BindingName): readonly string[] {
  return ts.isIdentifier(name)
    ? [name.text]
    : name.elements.flatMap((element) => (ts.isBindingElement(element) ? boundNames(element.name) : []));
}

import ts from "typescript-5.9";

/**
 * The code of a module in which every function, and every field that a new object gets, first evaluates `entered`: an
 * expression, the same all over the module. Nothing else changes, lines included.
 */
export function instrument(path: string, text: string, entered: string): string {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const insertions: { readonly at: number; readonly text: string }[] = [];
  const wrap = (node: ts.Expression): void => {
    insertions.push({ at: node.getStart(file), text: `(${entered}, ` }, { at: node.getEnd(), text: ")" });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) && "body" in node && node.body !== undefined) {
      if (ts.isBlock(node.body)) insertions.push({ at: node.body.getStart(file) + 1, text: `${entered};` });
      else if (ts.isExpression(node.body)) wrap(node.body);
    }
    if (ts.isPropertyDeclaration(node) && node.initializer !== undefined && !isStatic(node)) {
      // A wrapped function would lose its name.
      if (!ts.isFunctionLike(node.initializer)) wrap(node.initializer);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return insertions
    .sort((a, b) => b.at - a.at)
    .reduce((code, { at, text: inserted }) => code.slice(0, at) + inserted + code.slice(at), text);
}

function isStatic(node: ts.PropertyDeclaration): boolean {
  return node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.StaticKeyword) ?? false;
}

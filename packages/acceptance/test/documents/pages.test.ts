import { existsSync, statSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, expect, it } from "vitest";
import { capabilitiesTable } from "./capabilities-table.ts";
import { type Document, readDocument, readDocuments, root } from "./documents.ts";
import { refreshed } from "./refreshed.ts";

const documents = readDocuments();

describe.each(documents)("$path", (document) => {
  it("shows examples and tables as the code has them (vitest -u brings them up to date)", async () => {
    await expect(refreshed(document.text)).toMatchFileSnapshot(join(root, document.path));
  });

  it("links only to what exists", () => {
    expect(document.links.filter(({ target }) => !resolves(document, target))).toEqual([]);
  });
});

it.each(documents.filter(({ path }) => path.startsWith("packages/")))(
  "$path links only inside its package, since npm shows it without the repository",
  ({ links }) => {
    expect(links.filter(({ target }) => target.startsWith(".."))).toEqual([]);
  },
);

it("the page of the transports has the table of capabilities", () => {
  expect(readDocument("docs/transports.md").text).toContain(capabilitiesTable());
});

function resolves(document: Document, target: string): boolean {
  if (/^https?:/.test(target)) return URL.canParse(target);
  const [file = "", anchor] = target.split("#");
  const path = file === "" ? document.path : normalize(join(dirname(document.path), file));
  if (path.startsWith("..") || !existsSync(join(root, path))) return false;
  if (anchor === undefined) return true;
  return statSync(join(root, path)).isFile() && readDocument(path).anchors.includes(anchor);
}

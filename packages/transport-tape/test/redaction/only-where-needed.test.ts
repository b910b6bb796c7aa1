import { readFileSync } from "node:fs";
import { expect, it } from "vitest";

/** The files that a source loads, itself included. Imports of types load nothing. */
function loadedBy(file: URL, seen: Set<string> = new Set()): ReadonlySet<string> {
  if (seen.has(file.href)) return seen;
  seen.add(file.href);
  const source = readFileSync(file, "utf8");
  for (const [, names = "", path = ""] of source.matchAll(/^import ([^;]*?) from "(\.[^"]+)";$/gm)) {
    const isLoaded = !names.startsWith("type ") && !/^\{(?:\s*type \w+,?)+\s*\}$/.test(names);
    if (isLoaded) loadedBy(new URL(path, file), seen);
  }
  return seen;
}

const source = (name: string) => new URL(`../../src/${name}`, import.meta.url);

it.each(["read-tape.ts", "player.ts"])("%s loads no redaction, so bundles leave it out", (name) => {
  expect([...loadedBy(source(name))].filter((file) => file.includes("/redaction/"))).toEqual([]);
});

it.each(["recorded.ts", "replayed.ts", "compare.ts"])("%s loads it", (name) => {
  expect([...loadedBy(source(name))]).toContain(source("redaction/redactor.ts").href);
});

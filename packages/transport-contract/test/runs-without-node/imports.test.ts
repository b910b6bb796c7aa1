import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const source = fileURLToPath(new URL("../../src", import.meta.url));

it("only the Node peer uses Node APIs", () => {
  const files = globSync("**/*.ts", { cwd: source }).filter((file) => !file.startsWith("node-peer"));
  expect(files.length).toBeGreaterThan(20);
  const node = files.filter((file) =>
    /from "node:|\bBuffer\b|\bprocess\b/.test(readFileSync(`${source}/${file}`, "utf8")),
  );
  expect(node).toEqual([]);
});

import { basename, dirname } from "node:path/posix";
import { describe, expect, it } from "vitest";
import { lostTestFiles } from "../support/test-files.ts";
import { filesBelow, workspacePackages } from "../support/workspace.ts";

const packages = workspacePackages
  .map(({ folder }) => ({
    folder,
    tests: filesBelow(`${folder}/test`),
    sources: folder === "apps/examples" ? exampleSources(folder) : filesBelow(`${folder}/src`),
  }))
  .filter(({ tests }) => tests.length > 0);

/** An example is a folder: its test is named after the folder or after a file in it. */
function exampleSources(folder: string): readonly string[] {
  const files = filesBelow(folder).filter((path) => !path.startsWith(`${folder}/test/`));
  return [...files, ...files.filter((path) => basename(path) === "main.ts").map(dirname)];
}

it.each(packages)("the tests of $folder can be found by their names", ({ folder, tests, sources }) => {
  expect(lostTestFiles(folder, tests, sources)).toEqual([]);
});

describe("the check for names of test files", () => {
  const sources = ["packages/a/src/pool.ts", "packages/a/src/connection/inbox.ts"];
  const lost = (...tests: readonly string[]): readonly string[] =>
    lostTestFiles(
      "packages/a",
      tests.map((path) => `packages/a/test/${path}`),
      sources,
    );

  it("passes tests named after a source file, wherever that is", () => {
    expect(lost("pool.test.ts", "inbox.test.ts")).toEqual([]);
  });

  it("passes tests in a folder", () => {
    expect(lost("nothing-is-lost/pauses.test.ts", "nothing-is-lost/deeper/pauses.test.ts")).toEqual([]);
  });

  it("passes the contract, its mutants and the README", () => {
    expect(lost("contract.test.ts", "contract-mutants.test.ts", "readme.test.ts")).toEqual([]);
  });

  it("passes files that are no tests", () => {
    expect(lost("scene.ts", "support/scene.ts")).toEqual([]);
  });

  it.each(["quickly.test.ts", "pools.test.ts", "support/pool.test.ts", "support/readme.test.ts"])(
    "finds %s",
    (path) => {
      expect(lost(path)).toEqual([`packages/a/test/${path}`]);
    },
  );
});

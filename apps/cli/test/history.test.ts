import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openHistory } from "../src/repl/history.ts";
import { createFolder } from "./support/tapes.ts";

describe("the repl's history", () => {
  test("is kept in a file that only its owner can read, without lines that begin with a space", () => {
    const file = join(createFolder(), "history");
    writeFileSync(file, "", { mode: 0o644 });
    openHistory({ OUTSOCK_HISTORY: file }, true).save(["latest", " secret", "first"]);
    expect(openHistory({ OUTSOCK_HISTORY: file }, true).lines).toEqual(["latest", "first"]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test("is not kept without a terminal, or if it is turned off", () => {
    const file = join(createFolder(), "history");
    writeFileSync(file, "old\n");
    expect(openHistory({ OUTSOCK_HISTORY: file }, false).lines).toEqual([]);
    expect(openHistory({ OUTSOCK_HISTORY: "" }, true).lines).toEqual([]);
    openHistory({ OUTSOCK_HISTORY: file }, false).save(["new"]);
    expect(readFileSync(file, "utf8")).toBe("old\n");
  });

  test("is ignored if it cannot be read or written", () => {
    const file = join(createFolder(), "no", "such", "folder");
    const history = openHistory({ OUTSOCK_HISTORY: file }, true);
    expect(history.lines).toEqual([]);
    expect(() => history.save(["x"])).not.toThrow();
  });
});

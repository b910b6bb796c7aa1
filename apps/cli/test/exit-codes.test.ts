import { readFileSync } from "node:fs";
import { errorCodes } from "@outsock/core";
import { expect, test } from "vitest";
import { exitCodeOf, exitCodes } from "../src/exit-codes.ts";

const reference = readFileSync(new URL("../../../docs/cli.md", import.meta.url), "utf8");

test.each(errorCodes)("the reference lists %s beside its exit code", (code) => {
  const row = reference.split("\n").find((line) => line.startsWith("|") && line.includes(`\`${code}\``));
  expect(row).toMatch(new RegExp(`^\\| ${exitCodeOf(code)} \\|`));
});

test.each(Object.values(exitCodes))("the reference explains %d", (code) => {
  expect(reference).toMatch(new RegExp(`^\\| ${code} \\|`, "m"));
});

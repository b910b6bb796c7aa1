import { readFileSync } from "node:fs";
import { errorCodes } from "@outsock/core";
import { expect, test } from "vitest";
import { exitCodeOf, exitCodes } from "../src/output/exit-codes.ts";

const reference = readFileSync(new URL("../../../docs/cli.md", import.meta.url), "utf8");

function rowsWith(code: string): readonly string[] {
  return reference.split("\n").filter((line) => line.startsWith("|") && line.includes(`\`${code}\``));
}

test.each(errorCodes)("docs/cli.md lists %s with its exit code", (code) => {
  const start = `| ${exitCodeOf({ code, phase: "receive" })} |`;
  expect(rowsWith(code).filter((row) => row.startsWith(start))).toHaveLength(1);
});

test("docs/cli.md lists a message too big to send with the exit code of usage errors", () => {
  const code = "MESSAGE_TOO_BIG";
  const mistakes = exitCodeOf({ code, phase: "send" });
  expect(mistakes).toBe(exitCodes.usage);
  expect(rowsWith(code).map((row) => row.startsWith(`| ${mistakes} |`))).toEqual([true, false]);
  expect(exitCodeOf({ code, phase: "send", closeCode: 1009 })).toBe(exitCodes.ended);
});

test.each(Object.values(exitCodes))("docs/cli.md explains %d", (code) => {
  expect(reference).toMatch(new RegExp(`^\\| ${code} \\|`, "m"));
});

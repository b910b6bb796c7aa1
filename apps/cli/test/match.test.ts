import { describe, expect, test } from "vitest";
import { readMatch } from "../src/messages/match.ts";
import { UsageError } from "../src/output/failures.ts";

describe("--match", () => {
  test.each([
    ["id=1", { id: 1 }],
    ["id=1", { id: "1" }],
    ["result.type=auth_ok", { result: { type: "auth_ok" } }],
    ["events.1.name=b", { events: [{ name: "a" }, { name: "b" }] }],
    ["ok=true", { ok: true }],
    ["error=null", { error: null }],
    ["query=a=b", { query: "a=b" }],
    ["name=", { name: "" }],
  ])("%s matches %j", (text, message) => {
    expect(readMatch(text)(message)).toBe(true);
  });

  test.each([
    ["id=1", { id: 2 }],
    ["id=1", {}],
    ["id=1", null],
    ["id=1", "id=1"],
    ["a.b=undefined", { a: {} }],
    ["constructor.name=Object", {}],
  ])("%s does not match %j", (text, message) => {
    expect(readMatch(text)(message)).toBe(false);
  });

  test.each(["id", "=1", ""])("refuses %j", (text) => {
    expect(() => readMatch(text)).toThrow(UsageError);
  });
});

import { existsSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { outputOf } from "../support/child.ts";
import { instrument } from "../support/instrument.ts";
import { mistakesIn, parseTraces } from "../support/traces.ts";
import { read, root } from "../support/workspace.ts";

/** How many source files a single call may run. Someone who follows it reads no more than these. */
const limits: Readonly<Record<string, number>> = {
  "manager.request over ws": 28,
  "manager.send and manager.receive on an open connection": 22,
  "session.call": 31,
  "manager.request on a warm connection of a pool": 36,
};

interface TracedCall {
  readonly name: string;
  /** The files that the call enters, in the order of the first entry. */
  readonly order: readonly string[];
  /** The files in which V8's coverage saw a function run, sorted. */
  readonly ran: readonly string[];
}

describe("a single call", () => {
  const calls = new Map<string, TracedCall>();
  beforeAll(async () => {
    for (const line of await outputOf("trace.ts")) {
      const call: TracedCall = Object(line);
      calls.set(call.name, call);
    }
    const rows = [...calls.values()].map(({ name, ran }) => `  ${ran.length} of ${limits[name]}  ${name}\n`);
    process.stdout.write(`\nsource files that one call runs\n${rows.join("")}\n`);
  }, 30_000);

  it.each(Object.entries(limits))("%s runs at most %i source files", (name, limit) => {
    const ran = calls.get(name)?.ran ?? [];
    expect(ran.length).toBeGreaterThan(0);
    expect(ran.slice(limit), `${name} runs ${ran.length} files: ${ran.join(", ")}`).toEqual([]);
  });

  it("enters what V8 sees run, so that the order has no gap", () => {
    for (const { name, order, ran } of calls.values()) {
      expect({ name, files: [...order].sort() }).toEqual({ name, files: ran });
    }
  });

  const traces = parseTraces(read("CONTRIBUTING.md"));
  it("is traced in CONTRIBUTING.md, once for a manager and once for a session", () => {
    expect(traces.map(({ name }) => name)).toEqual(["manager.request over ws", "session.call"]);
  });

  it.each(traces)("$name enters the files of its trace, in order", (trace) => {
    const exists = (file: string): boolean => existsSync(join(root, "packages", file));
    expect(mistakesIn(trace, calls.get(trace.name)?.order ?? [], exists)).toEqual([]);
  });
});

describe("the traces of a page", () => {
  it("are its numbered file names, by the heading above", () => {
    const page = [
      "# Page",
      "1. `no/trace.ts`: above every heading",
      "### `session.call`",
      "Text with `code.ts`.",
      "1. `a.ts`: first, with `more`",
      "2. `b.ts`: second",
      "### Something else",
      "1. nothing",
      "## Next",
      "3. `c.ts`: not of the trace",
    ].join("\n");
    expect(parseTraces(page)).toEqual([{ name: "session.call", files: ["a.ts", "b.ts"] }]);
  });

  const files = new Set(["a.ts", "b.ts", "c.ts", "idle.ts"]);
  const mistakes = (...listed: readonly string[]): readonly string[] =>
    mistakesIn({ name: "", files: listed }, ["a.ts", "b.ts", "c.ts"], (file) => files.has(file));

  it("are right when they leave files out", () => {
    expect(mistakes("a.ts", "b.ts", "c.ts")).toEqual([]);
    expect(mistakes("a.ts", "c.ts")).toEqual([]);
  });

  it.each([
    [["a.ts", "gone.ts"], "gone.ts does not exist"],
    [["a.ts", "idle.ts"], "idle.ts does not run"],
    [["b.ts", "a.ts", "c.ts"], "a.ts runs before b.ts"],
    [["a.ts", "b.ts", "a.ts"], "a.ts is listed twice"],
  ])("are wrong as %j", (listed, mistake) => {
    expect(mistakes(...listed)).toEqual([mistake]);
  });

  it("have twelve files at most", () => {
    const many = Array.from({ length: 13 }, (_, index) => `${index}.ts`);
    expect(mistakesIn({ name: "", files: many }, many, () => true)).toEqual(["13 files are more than 12"]);
    expect(mistakesIn({ name: "", files: many.slice(1) }, many, () => true)).toEqual([]);
  });
});

describe("an instrumented module", () => {
  /** How often functions were entered by what an expression does with the module's code. */
  function entries(code: string, expression: string): number {
    const run = new Function("entered", `${instrument("a.ts", code, "entered()")}\nreturn ${expression};`);
    let count = 0;
    run(() => {
      count += 1;
    });
    return count;
  }

  it.each([
    ["a function", "function f() { return 1; }", "f()"],
    ["an empty function", "function f() {}", "f()"],
    ["an arrow function", "const f = (a) => a;", "f(1)"],
    ["an arrow function that answers an object", "const f = () => ({ a: 1 });", "f()"],
    ["an async function", "const f = async () => await 1;", "f()"],
    ["a method", "class A { m() { return 1; } }", "new A().m()"],
    ["a static method", "class A { static m() {} }", "A.m()"],
    ["a constructor", "class A { constructor() {} }", "new A()"],
    ["a getter", "class A { get a() { return 1; } }", "new A().a"],
    ["a field", "class A { #a = 1; b; }", "new A()"],
    ["a generator, when it starts", "function* f() { yield 1; }", "[...f()]"],
  ])("counts %s", (_what, code, expression) => {
    expect(entries(code, expression)).toBe(1);
    expect(entries(code, "undefined")).toBe(0);
  });

  it("counts functions within functions", () => {
    expect(entries("const f = (a) => (b) => a + b;", "f(1)(2)")).toBe(2);
  });

  it("returns what it returned before", () => {
    const code =
      "class B { a = 1 } class A extends B { b = () => this.a; constructor() { super(); this.a += 1; } }";
    const run = new Function("entered", `${instrument("a.ts", code, "entered()")}\nreturn new A().b();`);
    expect(run(() => {})).toBe(2);
  });

  it("keeps its lines and its types", () => {
    const code =
      "export const f = <T>(a: T): T => a;\nexport abstract class A { abstract m(): void; a?: string }\n";
    expect(instrument("a.ts", code, "x").split("\n")).toEqual([
      "export const f = <T>(a: T): T => (x, a);",
      "export abstract class A { abstract m(): void; a?: string }",
      "",
    ]);
  });
});

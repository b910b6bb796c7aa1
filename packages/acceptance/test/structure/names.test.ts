import { describe, expect, it } from "vitest";
import { exportsOf, namesUsedTwice } from "../support/public-names.ts";
import { type RetiredWords, retiredWordsIn } from "../support/retired-words.ts";
import { sourceTexts } from "../support/source-graph.ts";
import { entriesOf, sourcesOf, workspacePackages } from "../support/workspace.ts";

/** Words that this repository used once. One word has one meaning, over all packages. */
const retired: RetiredWords = {
  anywhere: {
    Applicant: "AdmissionRequest",
    WaitingLine: "AdmissionQueue",
    Leg: "SessionConnection",
    Desk: "CallDispatcher",
    Foundation: "ManagerInternals",
    Untaken: "SendRejection",
    Stock: "KeyPool",
    Shelf: "IdleConnections",
    Shelves: "IdleConnections",
    Fitness: "ReusePolicy",
    Strikes: "UnsolicitedKeys",
    Retirement: "GracefulClose",
    Cargo: "BatchBuilder",
    Debt: "UnreportedUsage",
    Tally: "Counters",
    Tallies: "Counters",
  },
  alone: {
    Application: "AdmissionRequest",
    Carrier: "SessionConnection",
    Queue: "AdmissionQueue",
    Line: "AdmissionQueue",
    Link: "MessageStream",
    Tap: "MessageStream",
    Ending: "CloseFailure",
    Balance: "ReusePolicy",
    Trial: "ReusePolicy",
    Pace: "DialThrottle",
    Trip: "Batch",
    Ask: "PendingAcquire",
    era: "generation",
    hand: "trySend",
    give: "sendOrFail",
  },
};
/** Ordinary words, but core used them of events. */
const retiredInCore: RetiredWords = {
  anywhere: {},
  alone: { hold: "deferEvents", tell: "flushEvents" },
};

/**
 * Names that several packages export on purpose, for what is the same to a user: a program imports `getWebSocketManager`
 * from one of the two and gets the manager of the process. `outsock` has a function of its own, which brings a transport
 * and loads no tsyringe.
 */
const shared: ReadonlySet<string> = new Set(["getWebSocketManager"]);

const packages = workspacePackages.map((one) => ({ folder: one.folder, texts: sourcesOf(one) }));

it.each(packages.filter(({ texts }) => texts.size > 0))("$folder uses no retired word", ({ texts }) => {
  expect(retiredWordsIn(texts, retired)).toEqual([]);
});

it("core uses no second word for deferring and flushing events", () => {
  const core = packages.find(({ folder }) => folder === "packages/core");
  expect(retiredWordsIn(core?.texts ?? new Map(), retiredInCore)).toEqual([]);
});

it("no two public entries use one name for different things", () => {
  const published = workspacePackages.filter(({ manifest }) => manifest.private !== true);
  const entries = new Map(published.flatMap((one) => [...entriesOf(one)]));
  const texts = new Map(packages.flatMap((one) => [...one.texts]));
  expect(entries.size).toBeGreaterThan(15);
  const twice = namesUsedTwice(texts, entries);
  const nameOf = (use: string): string => use.replace(/:.*/, "");
  expect(twice.filter((use) => !shared.has(nameOf(use)))).toEqual([]);
  expect([...shared].filter((name) => !twice.map(nameOf).includes(name))).toEqual([]);
});

describe("the check for retired words", () => {
  const words: RetiredWords = { anywhere: { WaitingLine: "AdmissionQueue" }, alone: { Trip: "Batch" } };
  const found = (text: string, path = "src/a.ts"): readonly string[] =>
    retiredWordsIn(sourceTexts({ [path]: text }), words);

  it("says what to use instead, and where", () => {
    expect(found("export class WaitingLine {}")).toEqual(["src/a.ts:1 WaitingLine: say AdmissionQueue"]);
    expect(found("\nexport type Trip = string;")).toEqual(["src/a.ts:2 Trip: say Batch"]);
  });

  it.each([
    "let waitingLine = 0;",
    "let waitingLines = 0;",
    "class A { #waitingLine = 0; }",
    "interface A { myWaitingLineLength: number }",
    'import type { WaitingLine } from "./b.ts";',
  ])("finds a word within a name: %s", (text) => {
    expect(found(text)).toHaveLength(1);
  });

  it("finds a word in the name of a file", () => {
    expect(found("", "src/waiting-line.ts")).toEqual(["src/waiting-line.ts: say AdmissionQueue"]);
  });

  it.each([
    "let roundTrip = 0;",
    "let trip = 0;",
    "let waitingLineage = 0;",
    "// the waiting line",
    "const text = 'WaitingLine';",
  ])("passes %s", (text) => {
    expect(found(text)).toEqual([]);
  });
});

describe("the check for names of two things", () => {
  const entries = new Map([
    ["one", "one/index.ts"],
    ["one/more", "one/more.ts"],
    ["two", "two/index.ts"],
  ]);
  const found = (files: Readonly<Record<string, string>>): readonly string[] =>
    namesUsedTwice(
      sourceTexts({ "one/index.ts": "", "one/more.ts": "", "two/index.ts": "", ...files }),
      entries,
    );

  it.each([
    ["functions", "export function open() {}"],
    ["constants", "export const open = 1, other = 2;"],
    ["taken apart", "export const { open } = object;"],
    ["types", "export type open = string;"],
    ["interfaces", "export interface open {}"],
    ["classes", "export abstract class open {}"],
    ["a list", "const open = 1; export { open };"],
    ["a new name", "const a = 1; export { a as open };"],
    ["another's thing", 'export { open } from "somewhere";'],
  ])("finds %s", (_what, text) => {
    const places = found({ "one/index.ts": "export const open = 1;", "two/index.ts": text });
    expect(places).toHaveLength(1);
    expect(places[0]).toContain("open: one/index.ts#open (from one) and ");
  });

  it("names both declarations and the entries that reach them", () => {
    expect(
      found({
        "one/index.ts": 'export * from "./open.ts";',
        "one/more.ts": 'export { open } from "./open.ts";',
        "one/open.ts": "export const open = 1;",
        "two/index.ts": 'import { shut } from "./shut.ts"; export { shut as open };',
        "two/shut.ts": "export const shut = 1;",
      }),
    ).toEqual(["open: one/open.ts#open (from one, one/more) and two/shut.ts#shut (from two)"]);
  });

  it.each([
    ["by name", 'export { open } from "one";'],
    ["all of it", 'export * from "one";'],
    ["through an import", 'import { open } from "one"; export { open };'],
    ["through a file of its own", 'export { open } from "./again.ts";'],
  ])("passes one thing that two packages export, re-exported %s", (_how, text) => {
    expect(
      found({
        "one/index.ts": 'export { start as open } from "./open.ts";',
        "one/open.ts": "export const start = 1;",
        "two/index.ts": text,
        "two/again.ts": 'export type { open } from "one";',
      }),
    ).toEqual([]);
  });

  it("passes what is not exported", () => {
    expect(found({ "one/index.ts": "const open = 1;", "two/index.ts": "export const open = 1;" })).toEqual(
      [],
    );
  });

  it("sees every name of an entry", () => {
    const texts = sourceTexts({
      "one/index.ts":
        'export * as all from "./open.ts"; export type { A } from "./open.ts"; export enum B {}',
      "one/open.ts": "export interface A {}",
    });
    expect([...exportsOf("one/index.ts", texts, entries).keys()]).toEqual(["all", "A", "B"]);
  });
});

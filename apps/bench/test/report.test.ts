import { describe, expect, it } from "vitest";
import { atLeast, atMost, type Measurement } from "../src/measurement.ts";
import { quartilesOf } from "../src/report/quartiles.ts";
import { describeMachine, judgeGate, rowsOf } from "../src/report/report.ts";
import { tableOf } from "../src/report/table.ts";

const measurement: Measurement = {
  id: "things",
  processes: 2,
  rows: [
    { id: "fast", name: "how fast", limit: atLeast(2, 4) },
    { id: "slow", name: "how slow", limit: atMost(1.1, 1.05) },
    { id: "things/peer", name: "a peer" },
    { id: "lost", name: "what could not be read", limit: atMost(1, 1) },
  ],
  measure: () => Promise.reject(new Error("unused")),
};

const rows = rowsOf(measurement, [
  { samples: { fast: [3, 3], slow: [2, 2, 2], "things/peer": [0.5], lost: { because: "no permission" } } },
  { samples: { fast: [5], slow: [2], "things/peer": [0.7], lost: { because: "no permission" } } },
]);

describe("quartiles", () => {
  it("are the same as in R and NumPy", () => {
    expect(quartilesOf([4, 1, 3, 2])).toEqual({ q1: 1.75, median: 2.5, q3: 3.25 });
    expect(quartilesOf([7])).toEqual({ q1: 7, median: 7, q3: 7 });
  });
});

describe("a verdict", () => {
  it.each([
    ["aim", { q1: 0.9, median: 1, q3: 2 }],
    ["pass", { q1: 0.9, median: 1.04, q3: 2 }],
    ["unclear", { q1: 1.05, median: 1.06, q3: 2 }],
    ["fail", { q1: 1.06, median: 1.07, q3: 2 }],
  ])("is %s if less is better", (verdict, quartiles) => {
    expect(judgeGate(quartiles, [quartiles.median, 1], atMost(1.05, 1.02))).toBe(verdict);
  });

  it.each([
    ["aim", { q1: 1, median: 10, q3: 11 }],
    ["pass", { q1: 1, median: 5, q3: 6 }],
    ["unclear", { q1: 1, median: 4.9, q3: 5 }],
    ["fail", { q1: 1, median: 4.8, q3: 4.9 }],
  ])("is %s if more is better", (verdict, quartiles) => {
    expect(judgeGate(quartiles, [quartiles.median], atLeast(5, 10))).toBe(verdict);
  });
});

describe("a verdict on several processes", () => {
  it("is fail if all of them miss the gate, however wide the quartiles are", () => {
    const wide = { q1: 0.5, median: 1.2, q3: 2 };
    expect(judgeGate(wide, [1.2, 1.1, 1.3], atMost(1.05, 1.02))).toBe("fail");
    expect(judgeGate(wide, [1.2, 1.0, 1.3], atMost(1.05, 1.02))).toBe("unclear");
  });
});

describe("a report", () => {
  it("combines the samples of all processes, and judges rows with a gate", () => {
    expect(rows.map(({ id, median, pass, verdict }) => ({ id, median, pass, verdict }))).toEqual([
      { id: "fast", median: 3, pass: true, verdict: "pass" },
      { id: "slow", median: 2, pass: false, verdict: "fail" },
      { id: "things/peer", median: 0.6, pass: null, verdict: null },
      { id: "lost", median: null, pass: null, verdict: null },
    ]);
  });

  it("gives the reason why a row was not measured", () => {
    expect(rows.at(-1)).toMatchObject({ gate: 1, aim: 1, because: "no permission" });
  });

  it("fails a gate whose measurement failed", () => {
    const because = "3 operations failed";
    const samples = { slow: { because, broken: true }, "things/peer": { because, broken: true } };
    const broken = rowsOf(measurement, [{ samples }]);
    expect(broken.map(({ id, pass }) => ({ id, pass }))).toEqual([
      { id: "fast", pass: null },
      { id: "slow", pass: false },
      { id: "things/peer", pass: null },
      { id: "lost", pass: null },
    ]);
    expect(tableOf({ machine: describeMachine(), rows: broken, series: {} })).toMatch(
      /^slow .*BROKEN +3 op/m,
    );
  });

  it("shows every row in a table, a failed gate in capitals", () => {
    const table = tableOf({ machine: describeMachine(), rows, series: {} });
    expect(table).toMatch(/^slow +2 x +2 - 2 +<= 1\.1 +1\.05 +FAIL +how slow$/m);
    expect(table).toMatch(/^lost +- +not measured +no permission$/m);
    expect(table).toContain("aim reached: 0, passed: 1, unclear: 0, failed: 1, not measured: 1");
  });
});

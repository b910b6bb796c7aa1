import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { transportScenarios } from "../src/index.ts";

const portFiles = ["transport", "channel"].map(
  (name) => new URL(`../../core/src/ports/${name}.ts`, import.meta.url),
);
const ids = transportScenarios.map(({ id }) => id);

/** The ids in square brackets that end the rules of the port's documentation. */
function idsInPort(): string[] {
  const prose = portFiles.map((file) => readFileSync(file, "utf8")).join("\n");
  const brackets = prose.matchAll(/\[([a-z-]+:[a-z-]+(?:, [a-z-]+:[a-z-]+)*)\]/g);
  return [...brackets].flatMap(([, list = ""]) => list.split(", "));
}

describe("the contract's scenarios", () => {
  it("have ids that are told apart", () => {
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("have ids of a group and a name", () => {
    for (const id of ids)
      expect(id).toMatch(/^(open|send|receive|ping|pause|close|terminate|unref|wire):[a-z0-9-]+$/);
  });

  it("state their promise in one sentence without a full stop", () => {
    for (const { behaviour } of transportScenarios) expect(behaviour).toMatch(/^[^.]{10,140}$/);
  });

  it("exist for every id that the port's documentation names", () => {
    expect(idsInPort().length).toBeGreaterThan(20);
    expect(idsInPort().filter((id) => !ids.includes(id))).toEqual([]);
  });

  it("are named in the port's documentation for every group", () => {
    const named = new Set(idsInPort().map((id) => id.split(":")[0]));
    expect([...new Set(ids.map((id) => id.split(":")[0]))].filter((group) => !named.has(group))).toEqual([]);
  });
});

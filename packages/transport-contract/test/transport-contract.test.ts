import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { describeTransportContract, transportScenarios } from "../src/index.ts";
import { incapableHarness } from "./support/incapable-transport.ts";

const never = () => new Promise<never>(() => {});

function register(withSkip: boolean) {
  const run: string[] = [];
  const skipped: string[] = [];
  const suites: string[] = [];
  const it = (name: string) => run.push(name);
  const skip = (name: string) => skipped.push(name);
  describeTransportContract(incapableHarness(never), {
    describe(name, body) {
      suites.push(name);
      body();
    },
    it: withSkip ? Object.assign(it, { skip }) : it,
  });
  return { run, skipped, suites };
}

describe("describeTransportContract", () => {
  it("registers every scenario by id and promise, in one suite with the harness's name", () => {
    const { run, skipped, suites } = register(true);
    expect(suites).toEqual(["incapable keeps the transport contract"]);
    expect(run.length + skipped.length).toBe(transportScenarios.length);
    expect(run).toContain("[open:resolves] open resolves with a channel once the handshake is complete");
  });

  it("skips scenarios that do not apply, and names the missing capability", () => {
    const { skipped } = register(true);
    const needy = transportScenarios.filter(({ needs = [] }) => needs.length > 0);
    expect(skipped.length).toBe(needy.length);
    expect(skipped).toContain("[open:headers] request headers reach the peer (needs headers)");
    expect(skipped.find((name) => name.startsWith("[open:tls-own-ca]"))).toMatch(/needs network, tlsOptions/);
  });

  it("leaves them out if the runner cannot skip", () => {
    const { run, skipped } = register(false);
    expect(skipped).toEqual([]);
    expect(run).toEqual(register(true).run);
  });
});

describe("a scenario", () => {
  const resolves = transportScenarios.find(({ id }) => id === "open:resolves");

  it("fails with its id instead of hanging, and closes its peers", async () => {
    const log: string[] = [];
    await expect(resolves?.run(incapableHarness(never, log))).rejects.toThrow(
      /open:resolves: not done after 50 ms/,
    );
    expect(log).toEqual(["peer started", "peer closed"]);
  });

  it("fails with what the transport threw", async () => {
    const broken = new Error("broken");
    await expect(resolves?.run(incapableHarness(() => Promise.reject(broken)))).rejects.toBe(broken);
  });

  it("fails if open rejects with something other than a TransportError", async () => {
    const refused = transportScenarios.find(({ id }) => id === "open:refused");
    const plainError = () => Promise.reject(new Error("ECONNREFUSED"));
    await expect(refused?.run(incapableHarness(plainError))).rejects.toThrow(/other than a TransportError/);
  });
});

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
  it("have unique ids", () => {
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("have ids that consist of a group and a name", () => {
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

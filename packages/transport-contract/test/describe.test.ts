import { describe, expect, it } from "vitest";
import { describeTransportContract, transportScenarios } from "../src/index.ts";
import { hopelessHarness } from "./hopeless-transport.ts";

const never = () => new Promise<never>(() => {});

function register(withSkip: boolean) {
  const run: string[] = [];
  const skipped: string[] = [];
  const suites: string[] = [];
  const it = (name: string) => run.push(name);
  const skip = (name: string) => skipped.push(name);
  describeTransportContract(hopelessHarness(never), {
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
    expect(suites).toEqual(["hopeless keeps the transport contract"]);
    expect(run.length + skipped.length).toBe(transportScenarios.length);
    expect(run).toContain("[open:resolves] open resolves with a channel once the handshake is complete");
  });

  it("skips what does not concern the transport, and says which capability it lacks", () => {
    const { skipped } = register(true);
    const needy = transportScenarios.filter(({ needs = [] }) => needs.length > 0);
    expect(skipped.length).toBe(needy.length);
    expect(skipped).toContain("[open:headers] request headers reach the peer (not without headers)");
    expect(skipped.find((name) => name.startsWith("[open:tls-own-ca]"))).toMatch(
      /not without network, tlsOptions/,
    );
  });

  it("leaves them out where the runner cannot skip", () => {
    const { run, skipped } = register(false);
    expect(skipped).toEqual([]);
    expect(run).toEqual(register(true).run);
  });
});

describe("a scenario", () => {
  const resolves = transportScenarios.find(({ id }) => id === "open:resolves");

  it("fails with its id instead of hanging, and closes its peers", async () => {
    const log: string[] = [];
    await expect(resolves?.run(hopelessHarness(never, log))).rejects.toThrow(
      /open:resolves: not done after 50 ms/,
    );
    expect(log).toEqual(["peer started", "peer closed"]);
  });

  it("fails with what the transport threw", async () => {
    const broken = new Error("broken");
    await expect(resolves?.run(hopelessHarness(() => Promise.reject(broken)))).rejects.toBe(broken);
  });

  it("fails where open throws something of its own kind", async () => {
    const refused = transportScenarios.find(({ id }) => id === "open:refused");
    const plainError = () => Promise.reject(new Error("ECONNREFUSED"));
    await expect(refused?.run(hopelessHarness(plainError))).rejects.toThrow(/no TransportError/);
  });
});

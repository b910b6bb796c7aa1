import * as core from "@outsock/core";
import { describe, expect, it } from "vitest";
import { exportsOf } from "../support/public-names.ts";
import { lineCount } from "../support/source-graph.ts";
import { entriesOf, filesBelow, read, sourcesOf, workspacePackages } from "../support/workspace.ts";

const sources = workspacePackages.flatMap(({ folder }) => filesBelow(`${folder}/src`));

describe("the house", () => {
  it("keeps each port within 100 lines", () => {
    for (const path of filesBelow("packages/core/src/ports"))
      expect({ path, lines: lineCount(read(path)) <= 100 }).toEqual({ path, lines: true });
  });

  it("has no cast that silences and no non-null assertion in its sources", () => {
    for (const path of sources) {
      const silenced =
        read(path).match(
          /\bas any\b|\bas unknown as\b|\bas never\b|@ts-ignore|@ts-expect-error|biome-ignore/g,
        ) ?? [];
      expect({ path, silenced }).toEqual({ path, silenced: [] });
    }
  });

  it("certifies every transport: its tests run the contract", () => {
    const transports = workspacePackages.filter(
      ({ folder }) => /^packages\/transport-/.test(folder) && folder !== "packages/transport-contract",
    );
    expect(transports.length).toBeGreaterThanOrEqual(4);
    for (const { folder } of transports) {
      const certified = filesBelow(`${folder}/test`).some((path) =>
        read(path).includes("describeTransportContract("),
      );
      expect({ folder, certified }).toEqual({ folder, certified: true });
    }
  });

  it("certifies every limiter: the tests of limiter-* and those of the contract run it over each", () => {
    const limiters = workspacePackages.filter(({ folder }) => /^packages\/limiter-/.test(folder));
    expect(limiters.length).toBeGreaterThanOrEqual(2);
    for (const { folder } of limiters) {
      const certified = filesBelow(`${folder}/test`).some((path) =>
        read(path).includes("describeLimiterContract("),
      );
      expect({ folder, certified }).toEqual({ folder, certified: true });
    }
  });

  it("produces every error code in some test", () => {
    const tests = workspacePackages
      .flatMap(({ folder }) => filesBelow(`${folder}/test`))
      .filter((path) => path.endsWith(".test.ts") || path.includes("/scenarios/"))
      .concat(filesBelow("packages/transport-contract/src/scenarios"))
      .filter((path) => !path.endsWith("errors.test.ts"))
      .map(read)
      .join("\n");
    expect(core.errorCodes.filter((code) => !tests.includes(`"${code}"`))).toEqual([]);
  });

  it("gives every published package a licence and an engine", () => {
    for (const { folder, manifest } of workspacePackages.filter((one) => one.manifest.private !== true)) {
      expect({ folder, license: manifest.license }).toEqual({ folder, license: "Apache-2.0" });
      const floor = { "packages/transport-undici": ">=22.19", "apps/cli": ">=22.12" }[folder] ?? ">=22";
      expect({ folder, node: manifest.engines?.node }).toEqual({ folder, node: floor });
    }
  });
});

/** What core exports besides its main entry. */
const furtherEntries = {
  adapter: ["BoundedMap", "PerUrl", "Server", "ignoreRejection", "isPromiseLike", "serverOf"],
  internal: [
    "CallGate",
    "CloseFailure",
    "Deadline",
    "Deadlines",
    "Expiry",
    "FailureDetails",
    "GatedLane",
    "ManagerInternals",
    "MessageListener",
    "MessageStream",
    "Operation",
    "Payload",
    "Permit",
    "QueueEntry",
    "SendRejection",
    "internalsOf",
    "isFailure",
    "refuseByWait",
  ],
  options: ["Check", "checkOptions", "checks", "oneOf", "shape"],
  "process-manager": [
    "CreateManager",
    "ManagerRegistry",
    "ManagerSlot",
    "ProcessSlot",
    "RegisteredPorts",
    "ensureManagerIn",
    "ensureProcessManager",
    "findProcessManager",
    "managerIn",
    "processSlot",
  ],
  testing: ["ManualClock", "RecordingSink", "manualClock", "recordingSink"],
};

describe("core's public surface", () => {
  const [one] = workspacePackages.filter(({ manifest }) => manifest.name === "@outsock/core");
  const entries = one === undefined ? new Map<string, string>() : entriesOf(one);
  const texts = one === undefined ? new Map<string, string>() : sourcesOf(one);

  it("is this and no more", () => {
    expect(Object.keys(core).sort()).toEqual([
      "InvalidMessage",
      "OutsockError",
      "TransportError",
      "composite",
      "createWebSocketManager",
      "errorCodes",
      "isOutsockError",
      "json",
      "parseRetryAfter",
      "payloadMessage",
      "raw",
      "resolveTlsOptions",
      "serverLimits",
      "slidingWindow",
      "systemClock",
      "tee",
      "text",
      "transportErrorCodes",
      "unwrap",
    ]);
  });

  it.each(Object.entries(furtherEntries))(
    "is this and no more at @outsock/core/%s, types included",
    (entry, names) => {
      const path = entries.get(`@outsock/core/${entry}`) ?? "";
      expect([...exportsOf(path, texts, entries).keys()].sort()).toEqual(names);
    },
  );

  it("has no other entry", () => {
    expect([...entries.keys()].sort()).toEqual([
      "@outsock/core",
      ...Object.keys(furtherEntries).map((entry) => `@outsock/core/${entry}`),
    ]);
  });

  it("is all in the umbrella, types included", () => {
    const names = (path: string): readonly string[] =>
      [...read(path).matchAll(/\{([^}]*)\}/g)]
        .flatMap(([, list = ""]) => list.split(","))
        .map((name) => name.replace(/\btype\b/, "").trim())
        .filter((name) => name !== "");
    const umbrella = new Set(names("packages/outsock/src/index.ts"));
    expect(names("packages/core/src/index.ts").filter((name) => !umbrella.has(name))).toEqual([]);
  });

  it("gives a manager the seven operations and little else", () => {
    const manager = core.createWebSocketManager({
      transport: { capabilities: Object(undefined), open: () => Promise.reject(new Error("unused")) },
    });
    const names = Object.getOwnPropertyNames(Object.getPrototypeOf(manager));
    expect(names.filter((name) => name !== "constructor").sort()).toEqual([
      "close",
      "connect",
      "dispose",
      "disposed",
      "execute",
      "getStats",
      "receive",
      "request",
      "reset",
      "send",
    ]);
  });
});

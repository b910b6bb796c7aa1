import { dirname, join } from "node:path/posix";
import { describe, expect, it } from "vitest";
import { filesBelow, importsOf, workspacePackages } from "../support/workspace.ts";

const sources = (folder: string): readonly string[] => filesBelow(`${folder}/src`);
const outside = (path: string): readonly string[] =>
  importsOf(path).filter((specifier) => !specifier.startsWith("."));
const ours = (specifier: string): boolean => specifier === "outsock" || specifier.startsWith("@outsock/");

/** What the sources of a package may import besides themselves and Node's built-ins. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  "packages/core": [],
  "packages/contract-kit": [],
  "packages/transport-contract": ["@outsock/core", "@outsock/contract-kit"],
  "packages/transport-memory": ["@outsock/core"],
  "packages/dialer": ["@outsock/core", "@outsock/core/adapter"],
  "packages/transport-native": ["@outsock/core", "@outsock/dialer"],
  "packages/transport-ws": ["@outsock/core", "@outsock/dialer", "ws"],
  "packages/transport-undici": ["@outsock/core", "@outsock/dialer", "undici"],
  "packages/transport-pool": ["@outsock/core", "@outsock/core/options"],
  "packages/transport-guard": ["@outsock/core", "@outsock/core/options", "ipaddr.js"],
  "packages/transport-tape": ["@outsock/core", "@outsock/core/options"],
  "packages/transport-faults": ["@outsock/core", "@outsock/core/options"],
  "packages/session": [
    "@outsock/core",
    "@outsock/core/adapter",
    "@outsock/core/internal",
    "@outsock/core/options",
  ],
  "packages/limiter-contract": ["@outsock/core", "@outsock/contract-kit"],
  "packages/limiter-redis": ["@outsock/core", "@outsock/core/options"],
  "packages/stats-otel": [
    "@outsock/core",
    "@outsock/core/adapter",
    "@outsock/core/options",
    "@opentelemetry/api",
  ],
  "packages/stats-prometheus": ["@outsock/core", "@outsock/core/options", "@prometheus-io/client"],
  "packages/stats-emf": ["@outsock/core", "@outsock/core/options", "@aws-lambda-powertools/metrics"],
  "packages/stats-diagnostics": ["@outsock/core", "@outsock/core/adapter"],
  "packages/test-servers": ["ws", "json-rpc-2.0"],
  "packages/container": ["@outsock/core", "@outsock/core/process-manager", "tsyringe", "reflect-metadata"],
  "packages/outsock": ["@outsock/core", "@outsock/core/process-manager", "@outsock/transport-ws"],
};

describe("who imports whom", () => {
  it("is defined for every package", () => {
    const packages = workspacePackages
      .map(({ folder }) => folder)
      .filter((folder) => folder.startsWith("packages/"));
    expect(packages.filter((folder) => folder !== "packages/acceptance").sort()).toEqual(
      Object.keys(allowed).sort(),
    );
  });

  it.each(Object.entries(allowed))("%s imports nothing but its own", (folder, permitted) => {
    for (const path of sources(folder)) {
      const strangers = outside(path).filter(
        (name) => !name.startsWith("node:") && !permitted.includes(name),
      );
      expect({ path, strangers }).toEqual({ path, strangers: [] });
    }
  });

  it.each([
    "packages/core",
    "packages/contract-kit",
    "packages/transport-memory",
    "packages/transport-pool",
    "packages/transport-guard",
    "packages/transport-faults",
    "packages/session",
    "packages/container",
    "packages/limiter-contract",
    "packages/stats-otel",
  ])("%s needs no Node built-in", (folder) => {
    for (const path of sources(folder)) {
      expect({ path, builtins: outside(path).filter((name) => name.startsWith("node:")) }).toEqual({
        path,
        builtins: [],
      });
    }
  });

  it("keeps the parts of transport-native that a browser loads free of Node", () => {
    const reached = new Set(["packages/transport-native/src/index.ts"]);
    for (const path of reached) {
      for (const specifier of importsOf(path)) {
        if (specifier.startsWith(".")) reached.add(join(dirname(path), specifier));
      }
      expect({ path, imports: outside(path).filter((name) => name !== "@outsock/core") }).toEqual({
        path,
        imports: [],
      });
    }
    expect(reached.size).toBeGreaterThan(3);
    expect([...reached].filter((path) => path.includes("/src/node/"))).toEqual([]);
  });

  it("lets ports import only ports", () => {
    for (const path of filesBelow("packages/core/src/ports")) {
      expect(importsOf(path).filter((specifier) => !/^\.\/[a-z-]+\.ts$/.test(specifier))).toEqual([]);
    }
  });

  it("lets no package import from another's folder, or import an app", () => {
    const apps = workspacePackages
      .filter(({ folder }) => folder.startsWith("apps/"))
      .map(({ manifest }) => manifest.name);
    for (const { folder } of workspacePackages) {
      for (const path of sources(folder)) {
        const escapes = importsOf(path).filter(
          (specifier) =>
            specifier.startsWith("..") && !join(dirname(path), specifier).startsWith(`${folder}/`),
        );
        expect({ path, escapes, apps: outside(path).filter((name) => apps.includes(name)) }).toEqual({
          path,
          escapes: [],
          apps: [],
        });
      }
    }
  });

  it("uses what it declares: every import of ours is a dependency, or a private package that is bundled", () => {
    const isPrivate = (name: string): boolean =>
      workspacePackages.some(({ manifest }) => manifest.name === name && manifest.private === true);
    for (const { folder, manifest } of workspacePackages) {
      const declared = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }).concat(
        Object.keys({ ...manifest.devDependencies }).filter(isPrivate),
      );
      for (const path of sources(folder)) {
        const undeclared = outside(path)
          .filter(ours)
          .map((specifier) =>
            specifier
              .split("/")
              .slice(0, specifier.startsWith("@") ? 2 : 1)
              .join("/"),
          )
          .filter((name) => !declared.includes(name));
        expect({ path, undeclared }).toEqual({ path, undeclared: [] });
      }
    }
  });
});

describe("core", () => {
  it("has no runtime dependency of any kind", () => {
    const core = workspacePackages.find(({ folder }) => folder === "packages/core");
    expect(core?.manifest).not.toHaveProperty("dependencies");
    expect(core?.manifest).not.toHaveProperty("peerDependencies");
    expect(core?.manifest).not.toHaveProperty("optionalDependencies");
  });
});

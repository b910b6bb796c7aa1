import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { type Bundle, bundle } from "../support/bundle.ts";
import {
  bundlePacked,
  type Measurement,
  measuredPrograms,
  measurePrograms,
  sizeTable,
} from "../support/bundles.ts";
import { exportsOf } from "../support/public-names.ts";
import { entriesOf, sourcesOf, workspacePackages } from "../support/workspace.ts";

describe("the size of bundles", () => {
  let measurements: readonly Measurement[] = [];
  beforeAll(async () => {
    measurements = await measurePrograms();
    process.stdout.write(`\n${sizeTable(measurements)}\n`);
  }, 60_000);

  const limited = measuredPrograms.map(({ name, limit }) => ({ name, ...limit }));
  it.each(limited)("$name has at most $bytes bytes $of", ({ name, bytes, of }) => {
    const measured = measurements.find(({ program }) => program.name === name);
    expect(
      measured?.bundle[of],
      `"pnpm size ${name.replaceAll("+ ", "")}" shows what is in it`,
    ).toBeLessThanOrEqual(bytes);
  });

  it("outsock has neither tsyringe nor reflect-metadata in it", () => {
    const outsock = measurements.find(({ program }) => program.name === "outsock");
    expect(outsock?.bundle.modules).toContainEqual(expect.stringContaining("node_modules/outsock/"));
    expect(outsock?.bundle.modules.filter((path) => /\/(tsyringe|reflect-metadata)\//.test(path))).toEqual(
      [],
    );
  });

  it("a bundle for a browser imports nothing", () => {
    for (const { program, bundle } of measurements.filter((one) => one.program.platform === "browser")) {
      expect({ name: program.name, imports: bundle.imports }).toEqual({ name: program.name, imports: [] });
    }
  });

  it("every byte has a source, but for a few of the bundler", () => {
    for (const { program, bundle } of measurements) {
      const known = [...bundle.sources].filter(([path]) => /^(node_modules\/|program\.js)/.test(path));
      const share = known.reduce((sum, [, bytes]) => sum + bytes, 0) / bundle.minified;
      expect({ name: program.name, share }).toEqual({ name: program.name, share: expect.closeTo(1, 1) });
      // Sources, not builds: the files that were bundled for npm are listed separately.
      expect(known.filter(([path]) => /outsock\/.*\/dist\//.test(path))).toEqual([]);
    }
  });
});

describe("what a program does not use is not in its bundle", () => {
  const manager = 'import { createWebSocketManager } from "@outsock/core";';
  const plain = `${manager} globalThis.manager = createWebSocketManager({ transport: globalThis.transport });`;
  const using = (name: string): string =>
    `import { ${name} } from "@outsock/core"; globalThis.used = ${name};${plain}`;

  it.each(["composite", "serverLimits"])("core without %s", async (name) => {
    const file = packedSource("@outsock/core", name);
    expect(await sourcesWith(using(name))).toContain(file);
    expect(await sourcesWith(plain)).not.toContain(file);
  });

  it("reading a tape without the redaction of recording one", async () => {
    const redaction = /transport-tape\/src\/.*(redact|secret)/;
    const tape = (name: string): string =>
      `import { ${name} } from "@outsock/transport-tape"; globalThis.used = ${name};`;
    const of = async (name: string): Promise<readonly string[]> =>
      (await sourcesWith(tape(name))).filter((path) => redaction.test(path));
    expect(await of("recorded")).not.toEqual([]);
    expect(await of("readTape")).toEqual([]);
  });

  async function sourcesWith(code: string): Promise<readonly string[]> {
    return [...(await bundlePacked(code, "node")).sources.keys()];
  }

  /** Where a public name of a package is declared, as a bundle's sources name it. */
  function packedSource(packageName: string, name: string): string {
    const found = workspacePackages.find(({ manifest }) => manifest.name === packageName);
    if (found === undefined) throw new Error(`no package is named ${packageName}`);
    const entries = entriesOf(found);
    const [entry = ""] = entries.values();
    const place = exportsOf(entry, sourcesOf(found), entries).get(name);
    if (place === undefined) throw new Error(`${packageName} exports no ${name}`);
    return place.replace(found.folder, `node_modules/${packageName}`).replace(/#.*/, "");
  }
});

describe("the measurement", () => {
  /** A project with one package of two modules. */
  async function bundleToy(code: string): Promise<Bundle> {
    const project = mkdtempSync(join(tmpdir(), "outsock-toy-"));
    onTestFinished(() => rmSync(project, { recursive: true }));
    const files = {
      "package.json": '{ "type": "module", "sideEffects": false, "exports": "./index.js" }',
      "index.js": 'export { used } from "./used.js"; export { unused } from "./unused.js";',
      "used.js": 'export const used = () => globalThis.log("a text of some length");',
      "unused.js": 'export const unused = () => globalThis.log("another text");',
    };
    const folder = join(project, "node_modules/toy");
    mkdirSync(folder, { recursive: true });
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    return bundle({ code, project, platform: "browser" });
  }

  it("counts the bytes of what is used, by source", async () => {
    const { sources, minified, code, modules } = await bundleToy('import { used } from "toy"; used();');
    expect(code).toContain("a text of some length");
    expect(minified).toBe(code.length);
    expect([...sources.values()].reduce((sum, bytes) => sum + bytes, 0) + newlines(code)).toBe(minified);
    expect(sources.get("node_modules/toy/used.js")).toBeGreaterThan(30);
    expect([...sources.keys()]).not.toContain("node_modules/toy/unused.js");
    expect(modules).not.toContain("node_modules/toy/unused.js");
  });

  it("finds a module that is used", async () => {
    const { sources, modules } = await bundleToy('import * as toy from "toy"; globalThis.toy = toy;');
    expect([...sources.keys()]).toContain("node_modules/toy/unused.js");
    expect(modules).toContain("node_modules/toy/unused.js");
  });

  it("compresses, so that what repeats counts once", async () => {
    const { gzipped, minified } = await bundleToy(`globalThis.text = "${"repeated ".repeat(1000)}";`);
    expect(minified).toBeGreaterThan(9000);
    expect(gzipped).toBeLessThan(200);
  });

  const newlines = (code: string): number => code.split("\n").length - 1;
});

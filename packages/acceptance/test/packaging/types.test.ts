import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { type PackedProjects, packedProjects, publishedPackages } from "../support/packed.ts";
import { type Compiler, checkTypes } from "../support/type-check.ts";
import { entriesOf, workspacePackages } from "../support/workspace.ts";

const entries = workspacePackages
  .filter(({ manifest }) => manifest.private !== true)
  .flatMap((one) => [...entriesOf(one).keys()]);

/**
 * Declarations of other packages that do not compile: Powertools uses types of `@types/aws-lambda`, which it does not depend
 * on. Errors in them are ignored. Errors in our own are not.
 */
const excused = ["node_modules/@aws-lambda-powertools/"];

const compilers: readonly Compiler[] = ["typescript-5.9", "typescript"];

/** The ways to import that docs/bundling.md promises. */
const ways = [
  { name: "NodeNext", type: "module", module: "nodenext", moduleResolution: "nodenext" },
  { name: "Bundler", type: "module", module: "esnext", moduleResolution: "bundler" },
  { name: "node16 CommonJS", type: "commonjs", module: "node16", moduleResolution: "node16" },
] as const;

/** With Node's types, and without them as docs/bundling.md says it. */
const surroundings = [
  {
    types: "with @types/node and @types/ws",
    project: "withTypes",
    options: { lib: ["es2022"], types: ["node"] },
  },
  {
    types: "without @types/node and @types/ws",
    project: "bare",
    options: { lib: ["es2022", "dom", "esnext.disposable"], types: [] },
  },
] as const;

const combinations = ways.flatMap((way) => surroundings.map((surrounding) => ({ ...way, ...surrounding })));

/** A user's program. What must not compile shows that the types are not `any`. */
const program = `
import { createWebSocketManager, type Connection, type ManagerOptions, unwrap } from "@outsock/core";
import { nativeTransport } from "@outsock/transport-native";
import { getWebSocketManager } from "outsock";

const options: ManagerOptions = { transport: nativeTransport(), rateLimiter: undefined };
const manager = createWebSocketManager(options);
const { signal } = new AbortController();

export async function converse(url: URL): Promise<unknown> {
  const asked = await getWebSocketManager().request(url, { question: 1 }, { timeoutMs: 500, signal });
  if (!asked.success) return asked.error.code === "RATE_LIMITED" ? asked.error.retryAfterMs : asked.error;
  const { connection } = unwrap(await manager.connect(url.href, { headers: { a: "b" } }));
  await manager.send(connection, asked.data.response, { correlationId: "1" });
  for await (const message of connection) return message;
  return connection satisfies Connection;
}

// @ts-expect-error
export const mistake = manager.request("wss://example.com", 1, { timeoutMs: "500" });
// @ts-expect-error
export const code = unwrap(await getWebSocketManager().connect("wss://example.com")).connection.nothing;
`;

/** The same for CommonJS, where an ES module is loaded as a promise, and its types by name. */
const commonJsProgram = `
import type { Connection, WebSocketManager } from "outsock" with { "resolution-mode": "import" };

export const manager: Promise<WebSocketManager> = import("outsock").then((outsock) => outsock.getWebSocketManager());
export async function dial(): Promise<Connection> {
  const { unwrap } = await import("outsock");
  return unwrap(await (await manager).connect("wss://example.com")).connection;
}

// @ts-expect-error
manager.then((one) => one.nothing);
`;

let projects: PackedProjects;
beforeAll(async () => {
  projects = await packedProjects();
}, 60_000);

// Two compilers at a time: the other tests need the machine as well.
describe.concurrent.each(compilers)("the types of the packed packages, compiled by %s", (compiler) => {
  it.each(combinations)(
    "are right for $name, $types",
    { timeout: 60_000, concurrent: false },
    async ({ type, module, moduleResolution, project, options }) => {
      const diagnostics = await checkTypes({
        compiler,
        project: projects[project],
        type,
        options: { module, moduleResolution, ...options },
        files: programs(type, module),
      });
      expect(diagnostics.filter((line) => !excused.some((path) => line.startsWith(path)))).toEqual([]);
    },
  );
});

/** A program, and a file for each entry that imports it as such a project does. */
function programs(type: "module" | "commonjs", module: string): Readonly<Record<string, string>> {
  const files: Record<string, string> = {
    "program.ts": type === "module" ? program : commonJsProgram,
  };
  for (const entry of entries) {
    const name = entry.replaceAll(/\W+/g, "-");
    if (type === "commonjs") {
      files[`${name}.ts`] = `export const loaded = import("${entry}");\n`;
    } else {
      files[`${name}.ts`] = `import * as entry from "${entry}";\nexport const all: typeof entry = entry;\n`;
    }
    // Node requires ES modules by itself now, and the compiler's "nodenext" knows.
    if (module === "nodenext") {
      files[`${name}-required.cts`] =
        `import entry = require("${entry}");\nexport const all: typeof entry = entry;\n`;
    }
  }
  return files;
}

it("every published package has an entry to import", () => {
  expect(publishedPackages.map(({ name }) => name).filter((name) => !entries.includes(name))).toEqual([]);
});

describe("the check of types", { timeout: 60_000 }, () => {
  const check = (
    files: Readonly<Record<string, string>>,
    compiler: Compiler,
    project: string,
  ): Promise<readonly string[]> =>
    checkTypes({
      compiler,
      project,
      type: "module",
      options: { module: "nodenext", moduleResolution: "nodenext", lib: ["es2022"], types: [] },
      files,
    });

  it.each(compilers)("reports what does not compile with %s, and in which file", async (compiler) => {
    const project = mkdtempSync(join(tmpdir(), "outsock-types-"));
    onTestFinished(() => rmSync(project, { recursive: true }));
    const diagnostics = await check(
      {
        "a.ts": 'export const a: number = "1";\n',
        "b.ts": 'export * from "nothing";\n',
        "c.ts": "export {};\n",
      },
      compiler,
      project,
    );
    expect(diagnostics.map((line) => line.replace(/: error (TS\d+).*/, " $1"))).toEqual([
      "a.ts(1,14) TS2322",
      "b.ts(1,15) TS2307",
    ]);
  });

  it.each(compilers)("reads the declarations of packages too, with %s", async (compiler) => {
    const files = { "a.d.ts": "export declare const a: Missing;\n", "b.ts": 'export { a } from "./a.js";\n' };
    expect(await check(files, compiler, projects.bare)).toEqual([
      expect.stringMatching(/^a\.d\.ts\(1,25\): error/),
    ]);
  });

  it.each(compilers)("leaves out Node's types if told to, with %s", async (compiler) => {
    const files = {
      "a.ts": 'export * from "node:net";\nexport const a = process;\n',
      "b.ts": 'export * from "ws";\n',
    };
    expect((await check(files, compiler, projects.bare)).map((line) => line.replace(/\(.*/, ""))).toEqual([
      "a.ts",
      "a.ts",
      "b.ts",
    ]);
  });
});

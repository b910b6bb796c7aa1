import { readFileSync } from "node:fs";
import { type SourceMap, SourceMap as SourceMapReader } from "node:module";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build, type Plugin } from "rolldown";

export interface BundleOptions {
  /** The program's code. */
  readonly code: string;
  /** The folder of a project that has what the code imports. */
  readonly project: string;
  readonly platform: "browser" | "node";
}

export interface Bundle {
  readonly code: string;
  /** Bytes, minified. */
  readonly minified: number;
  /** Bytes, minified and compressed by gzip -9. */
  readonly gzipped: number;
  /** Every module that the bundler put in, as paths from the project: `node_modules/ws/lib/sender.js`. */
  readonly modules: readonly string[];
  /** What the bundle imports when it runs, such as Node's own modules. */
  readonly imports: readonly string[];
  /**
   * The minified bytes that come from each source file, biggest first. A package whose build is one file shows its
   * sources: `node_modules/@outsock/core/src/manager.ts`. What the bundler adds itself has no source.
   */
  readonly sources: ReadonlyMap<string, number>;
}

/** Bundles a program into one minified file, and measures it. */
export async function bundle({ code, project, platform }: BundleOptions): Promise<Bundle> {
  const { output } = await build({
    cwd: project,
    input: "program",
    platform,
    write: false,
    logLevel: "silent",
    plugins: [program(code, project), sourceMaps],
    output: { minify: true, codeSplitting: false, sourcemap: "hidden", comments: false },
  });
  const [chunk, ...others] = output.filter((one) => one.type === "chunk");
  if (chunk === undefined || others.length > 0) throw new Error(`expected one file, got ${output.length}`);
  const short = (path: string): string => path.replace(`${project}/`, "");
  return {
    code: chunk.code,
    minified: Buffer.byteLength(chunk.code),
    gzipped: gzipSync(chunk.code, { level: 9 }).length,
    modules: chunk.moduleIds.map(short),
    imports: [...chunk.imports, ...chunk.dynamicImports],
    sources: bytesBySource(chunk.code, chunk.map, (path) => short(join(project, "dist", path))),
  };
}

/** The program, as a file that the project seems to have. */
function program(code: string, project: string): Plugin {
  const path = join(project, "program.js");
  return {
    name: "program",
    resolveId: (id) => (id === "program" ? path : undefined),
    load: (id) => (id === path ? code : undefined),
  };
}

/** Reads the source maps beside the modules, so that the bundle's own map points to the sources of the modules. */
const sourceMaps: Plugin = {
  name: "source-maps",
  load: {
    filter: { id: /[\\/]@?outsock[\\/].*\.js$/ },
    handler: (id) => {
      const code = readFileSync(id, "utf8");
      try {
        return { code, map: readFileSync(`${id}.map`, "utf8") };
      } catch {
        // An entry that only names other files has no map, as nothing in it comes from a source.
        return namesOnly(code) ? { code, map: { mappings: "" } } : { code };
      }
    },
  },
};

function namesOnly(code: string): boolean {
  return code.replace(/^(?:import|export) \{[^{}]*\}(?: from "[^"]+")?;$/gm, "").trim() === "";
}

function bytesBySource(
  code: string,
  map: unknown,
  pathOf: (path: string) => string,
): ReadonlyMap<string, number> {
  const reader: SourceMap = new SourceMapReader(Object(map));
  const bytes = new Map<string, number>();
  for (const [line, text] of code.split("\n").entries()) {
    let column = 0;
    for (const character of text) {
      const entry = reader.findEntry(line, column);
      // Its type promises a source; what the bundler adds has none.
      const original: string | undefined = "originalSource" in entry ? entry.originalSource : undefined;
      const source = original === undefined ? "" : pathOf(original);
      bytes.set(source, (bytes.get(source) ?? 0) + Buffer.byteLength(character));
      column += character.length;
    }
  }
  return new Map([...bytes].sort(([, a], [, b]) => b - a));
}

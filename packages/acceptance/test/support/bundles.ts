import { type Bundle, bundle } from "./bundle.ts";
import { packedProjects } from "./packed.ts";

export interface MeasuredProgram {
  readonly name: string;
  readonly platform: "browser" | "node";
  readonly code: string;
  /** What the program may have at most: what it has now, and a little room. */
  readonly limit: { readonly bytes: number; readonly of: "minified" | "gzipped" };
}

const manager = 'import { createWebSocketManager } from "@outsock/core";';
const native = 'import { nativeTransport } from "@outsock/transport-native";';
const ws = 'import { wsTransport } from "@outsock/transport-ws";';
const session = 'import { jsonRpc, openSession } from "@outsock/session";';

/**
 * The programs whose size is watched. Each does what a user's smallest program does. The aims are lower than the limits: 15,000 bytes
 * gzipped for core + native, and 90,000 minified for core + ws, of which `ws` itself takes 46,700.
 */
export const measuredPrograms: readonly MeasuredProgram[] = [
  {
    name: "core + native",
    platform: "browser",
    code: `${manager}${native} globalThis.manager = createWebSocketManager({ transport: nativeTransport() });`,
    limit: { bytes: 15_200, of: "gzipped" },
  },
  {
    name: "session + core + native",
    platform: "browser",
    code: `${manager}${native}${session}
      const manager = createWebSocketManager({ transport: nativeTransport() });
      globalThis.session = openSession(manager, { url: "wss://example.com", protocol: jsonRpc() });`,
    limit: { bytes: 93_000, of: "minified" },
  },
  {
    name: "core + ws",
    platform: "node",
    code: `${manager}${ws} globalThis.manager = createWebSocketManager({ transport: wsTransport() });`,
    limit: { bytes: 97_000, of: "minified" },
  },
  {
    name: "outsock",
    platform: "node",
    code: 'import { getWebSocketManager } from "outsock"; globalThis.manager = getWebSocketManager();',
    limit: { bytes: 98_000, of: "minified" },
  },
];

export interface Measurement {
  readonly program: MeasuredProgram;
  readonly bundle: Bundle;
}

/** Bundles the programs from the packed packages, as a user's bundler does. */
export async function measurePrograms(): Promise<readonly Measurement[]> {
  const measurements: Measurement[] = [];
  for (const program of measuredPrograms) {
    measurements.push({ program, bundle: await bundlePacked(program.code, program.platform) });
  }
  return measurements;
}

/** Bundles one program from the packed packages. */
export async function bundlePacked(code: string, platform: "browser" | "node"): Promise<Bundle> {
  const { withTypes } = await packedProjects();
  return bundle({ code, project: withTypes, platform });
}

/** How much a program has of what its limit is about, and how much it may have. */
function againstLimit({ program, bundle }: Measurement): string {
  const { bytes, of } = program.limit;
  const excess = bundle[of] - bytes;
  return `${of} ${bytes}${excess > 0 ? `, ${excess} too many` : ""}`;
}

/** One line for each program. */
export function sizeTable(measurements: readonly Measurement[]): string {
  const rows = measurements.map((one) => [
    one.program.name,
    one.program.platform,
    String(one.bundle.minified),
    String(one.bundle.gzipped),
    againstLimit(one),
  ]);
  return table([["program", "for", "minified", "gzip -9", "limit"], ...rows]);
}

/** What a bundle consists of: the biggest sources, and the sum of each package. */
export function contentsTable({ bundle: { sources, minified } }: Measurement, count: number): string {
  const row = ([name, bytes]: readonly [string, number]): readonly string[] => [
    `  ${name}`,
    String(bytes),
    `${((100 * bytes) / minified).toFixed(1)} %`,
  ];
  const packages = new Map<string, number>();
  for (const [path, bytes] of sources) {
    const name = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? "(bundler)";
    packages.set(name, (packages.get(name) ?? 0) + bytes);
  }
  const shown = [...sources].filter(([path]) => path.startsWith("node_modules/")).slice(0, count);
  return table([
    ...[...packages].sort(([, a], [, b]) => b - a).map(row),
    ["", "", ""],
    ...shown.map(([path, bytes]) => row([path.replace("node_modules/", ""), bytes])),
  ]);
}

/** Columns as wide as they must be, numbers to the right. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) =>
        /^\d/.test(cell) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join("  ")
      .trimEnd();
  return `${rows.map(line).join("\n")}\n`;
}

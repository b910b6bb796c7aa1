import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));

function run(...args: readonly string[]): Promise<Run> {
  return new Promise((resolve) => {
    execFile(process.execPath, [main, ...args], (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === "number" ? error.code : 0, stdout, stderr });
    });
  });
}

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "outsock-bench-"));
  onTestFinished(() => rm(path, { recursive: true }));
  return path;
}

function row(pass: boolean | null) {
  const median = 1;
  return {
    id: "a",
    name: "b",
    unit: "x",
    better: "less",
    median,
    q1: 1,
    q3: 1,
    gate: 1,
    aim: 1,
    verdict: "aim",
    pass,
  };
}

async function saved(pass: boolean | null): Promise<string> {
  const file = join(await folder(), "report.json");
  const line = [
    [1, 100],
    [256, 1_000],
  ];
  const shares = [0.01, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999].map((share) => [share, 40 + share]);
  const series = {
    "sends/raw ws": line,
    "sends/Outsock": line,
    "latency/raw ws": shares,
    "latency/Outsock": shares,
  };
  await writeFile(file, JSON.stringify({ machine: { node: "v1" }, rows: [row(pass)], series }));
  return file;
}

it("measures a single row, and prints JSON with quartiles, gate, aim and verdict", async () => {
  const { code, stdout } = await run("--coarse", "--json", "clock-reads");
  expect(code).toBe(0);
  expect(JSON.parse(stdout).rows).toEqual([
    expect.objectContaining({ id: "clock-reads", median: 1, q1: 1, q3: 1, gate: 1, aim: 1, pass: true }),
  ]);
});

it("rejects an unknown row and lists the known ones", async () => {
  const { code, stderr } = await run("rount-trip");
  expect(code).toBe(2);
  expect(stderr).toContain("round-trip");
  expect(stderr).not.toMatch(/^ +at /m);
});

it("rejects a file that is not a report in one line", async () => {
  for (const file of [
    join(await folder(), "missing.json"),
    main,
    join(import.meta.dirname, "../package.json"),
  ]) {
    const { code, stdout, stderr } = await run("--from", file);
    expect({ code, stdout, lines: stderr.trim().split("\n").length }).toEqual({
      code: 2,
      stdout: "",
      lines: 1,
    });
    expect(stderr).toContain(file);
  }
});

it("exits with 1 if a gate fails, otherwise with 0", async () => {
  expect((await run("--from", await saved(false))).code).toBe(1);
  expect((await run("--from", await saved(true))).code).toBe(0);
  expect((await run("--from", await saved(null))).code).toBe(0);
});

it("draws plots from a saved report", async () => {
  const plots = join(await folder(), "plots");
  expect((await run("--from", await saved(true), "--plots", plots)).code).toBe(0);
  expect((await readdir(plots)).sort()).toEqual([
    "latency-dark.svg",
    "latency-light.svg",
    "sends-dark.svg",
    "sends-light.svg",
  ]);
});

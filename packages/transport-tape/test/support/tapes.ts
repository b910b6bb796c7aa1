import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";

/** A folder for each test file, removed afterwards. */
export const folder: string = mkdtempSync(join(tmpdir(), "outsock-tape-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let tapes = 0;

export function newTape(): string {
  tapes += 1;
  return join(folder, `${tapes}.ndjson`);
}

export const header = {
  type: "tape",
  version: 1,
  transport: "memory",
  startedAt: "2030-01-01T00:00:00.000Z",
};
export const url = "ws://peer.example/feed";

/** The lines of a channel that was opened: `open` and `opened` at 0 ms, then the given entries at 1 ms intervals. */
export function channelLines(entries: readonly object[], channel = 1, dialled: object = {}): object[] {
  const open = { type: "open", channel, atMs: 0, url, headers: [], protocols: [], ...dialled };
  const opened = { type: "opened", channel, atMs: 0, protocol: "" };
  return [open, opened, ...entries.map((entry, index) => ({ channel, atMs: index + 1, ...entry }))];
}

/** Writes a tape with a header and these lines; strings are written as they are. */
export function tapeOf(lines: readonly (object | string)[]): string {
  return fileOf(
    [header, ...lines].map((line) => `${typeof line === "string" ? line : JSON.stringify(line)}\n`).join(""),
  );
}

export function fileOf(content: string): string {
  const path = newTape();
  writeFileSync(path, content);
  return path;
}

export function textOf(path: string): string {
  return readFileSync(path, "utf8");
}

export function linesOf(path: string): Record<string, unknown>[] {
  return textOf(path)
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}

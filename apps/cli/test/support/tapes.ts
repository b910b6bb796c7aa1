import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { startOutsock } from "./outsock.ts";

/** A folder that is removed at the end of the test. */
export function createFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "outsock-cli-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function readEntries(tape: string): readonly Record<string, unknown>[] {
  const lines = readFileSync(tape, "utf8").trim().split("\n");
  return lines.map((line) => JSON.parse(line));
}

export function writeTape(tape: string, lines: readonly object[]): void {
  const texts = lines.map((line, atMs) => JSON.stringify({ channel: 1, atMs, ...line }));
  writeFileSync(tape, texts.map((text) => `${text}\n`).join(""));
}

export const header = { type: "tape", version: 1, transport: "ws", startedAt: "2026-01-01T00:00:00.000Z" };
export const opening = { type: "open", url: "ws://127.0.0.1:9/", headers: [], protocols: [] };
export const opened = { type: "opened", protocol: "" };

/** A conversation with a server that sends a greeting and then echoes. */
export const conversation = [
  header,
  opening,
  opened,
  { type: "in", text: '"hello"' },
  { type: "out", text: '{"id":1}' },
  { type: "in", text: '{"id":1}' },
  { type: "out", text: '{"id":2,"token":"***1"}' },
  { type: "in", text: '{"id":2,"token":"***1"}' },
  { type: "closing", code: 1000, reason: "" },
  { type: "closed", code: 1000, reason: "", clean: true },
];

/** Starts `outsock echo --tape`. */
export async function serveTape(
  tape: string,
  ...flags: readonly string[]
): Promise<{ running: ReturnType<typeof startOutsock>; url: string }> {
  const running = startOutsock(["echo", "--tape", tape, ...flags]);
  await running.shows("\n");
  return { running, url: running.stdout.trim() };
}

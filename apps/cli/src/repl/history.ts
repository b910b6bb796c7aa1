import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

const longest = 1_000;

/** What was typed before: kept in a file that only its owner may read. */
export interface History {
  /** The latest first, as readline wants it. */
  readonly lines: string[];
  save(lines: readonly string[]): void;
}

const none: History = { lines: [], save: () => undefined };

/**
 * The file is `~/.outsock_history`, or what OUTSOCK_HISTORY names; an empty OUTSOCK_HISTORY keeps none. A file that
 * cannot be read or written is no reason to fail.
 */
export function openHistory(environment: NodeJS.ProcessEnv, interactive: boolean): History {
  const path = environment.OUTSOCK_HISTORY ?? join(homedir(), ".outsock_history");
  if (path === "" || !interactive) return none;
  return { lines: read(path), save: (lines) => write(path, lines) };
}

function read(path: string): string[] {
  try {
    return readFileSync(path, "utf8")
      .split("\n")
      .filter((line) => line !== "");
  } catch {
    return [];
  }
}

/** A line that begins with a space is not kept: for what is secret. */
function write(path: string, lines: readonly string[]): void {
  const kept = lines.filter((line) => !line.startsWith(" ")).slice(0, longest);
  try {
    writeFileSync(path, kept.map((line) => `${line}\n`).join(""), { mode: 0o600 });
    // A file that was there keeps its mode otherwise.
    chmodSync(path, 0o600);
  } catch {
    // Typing goes on without.
  }
}

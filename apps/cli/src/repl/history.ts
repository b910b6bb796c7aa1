import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

const longest = 1_000;

/** Lines typed earlier, kept in a file that only its owner can read. */
export interface History {
  /** The latest first, as readline expects it. */
  readonly lines: string[];
  save(lines: readonly string[]): void;
}

const none: History = { lines: [], save: () => undefined };

/**
 * The file is `~/.outsock_history` or the one that OUTSOCK_HISTORY names; an empty OUTSOCK_HISTORY turns the history
 * off. A file that cannot be read or written is ignored.
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

/** Lines that begin with a space are not kept, so that secrets can be typed. */
function write(path: string, lines: readonly string[]): void {
  const kept = lines.filter((line) => !line.startsWith(" ")).slice(0, longest);
  try {
    writeFileSync(path, kept.map((line) => `${line}\n`).join(""), { mode: 0o600 });
    // An existing file would keep its mode.
    chmodSync(path, 0o600);
  } catch {
    // The repl works without a history.
  }
}

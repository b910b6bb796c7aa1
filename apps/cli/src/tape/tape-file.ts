import { closeSync, lstatSync, openSync } from "node:fs";
import {
  type RecordedTransport,
  readTape,
  type Tape,
  TapeError,
  type TapeParting,
} from "@outsock/transport-tape";
import { Option } from "commander";
import type { ConnectionFlags } from "../options/connection-options.ts";
import { positiveNumber } from "../options/parsers.ts";
import { exitCodes } from "../output/exit-codes.ts";
import { CliFailure, UsageError } from "../output/failures.ts";
import type { Output } from "../output/output.ts";

/** @throws UsageError for what is no path, most likely a URL in its place. */
export function checkTapePath(path: string | undefined): string {
  if (path === undefined) throw new UsageError("the tape is missing; it stands before the URL");
  // Not shown: it may hold a secret.
  if (path.includes("://")) throw new UsageError("this is a URL, not a tape; the tape stands before the URL");
  return path;
}

/**
 * Before anybody is dialled.
 * @throws UsageError for a file that is there already; CliFailure TAPE_FAILED where none can be written.
 */
export function checkNewTape(path: string, force: boolean | undefined): void {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!force && found !== undefined) throw new UsageError(`${path} is there already; --force replaces it`);
  // Opening one waits for its reader.
  if (found?.isFIFO()) return;
  try {
    closeSync(openSync(path, "a", 0o600));
  } catch (error) {
    throw tapeFailure(`${path} cannot be written (${codeOf(error)})`, error);
  }
}

/** @throws CliFailure TAPE_FAILED for a file that is no tape. */
export function loadTape(path: string): Tape {
  try {
    return readTape(path);
  } catch (error) {
    if (error instanceof TapeError) throw tapeFailure(error.message, error);
    throw error;
  }
}

export function tapeFailure(message: string, cause?: unknown): CliFailure {
  return new CliFailure("TAPE_FAILED", exitCodes.tape, message, cause);
}

export function tapeMismatch(parting: TapeParting): CliFailure {
  return new CliFailure("TAPE_PARTED", exitCodes.tape, parting.message, parting);
}

/** Tells what became of a tape. @returns TAPE_FAILED where it could not be written. */
export function reportTape(
  path: string,
  { recording, lineCount, byteCount }: RecordedTransport,
  output: Output,
): CliFailure | undefined {
  if (recording.name === "failed") {
    return tapeFailure(`${path} cannot be written (${codeOf(recording.error)})`, recording.error);
  }
  if (recording.name === "cut")
    output.warn(`${path} ends before the conversation did: ${whyCut[recording.why]}`);
  if (lineCount > 0) output.say(`${lineCount} lines, ${byteCount} bytes in ${path}`);
  return undefined;
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}

const whyCut = {
  full: "its limit was reached",
  behind: "the disk was slower than the conversation",
} as const;

export interface ReplayFlags extends ConnectionFlags {
  readonly match: "exact" | "shape";
  readonly speed?: number;
  readonly secretEnv?: readonly string[];
}

/** When a message is the one on the tape. */
export function matchOption(standard?: "exact" | "shape"): Option {
  const option = new Option("--match <how>", "exact: the same JSON; shape: the same but for values");
  return option.choices(["exact", "shape"]).default(standard);
}

export function speedOption(): Option {
  return new Option("--speed <n>", "with the pauses of the tape, n times as fast; without it none").argParser(
    positiveNumber,
  );
}

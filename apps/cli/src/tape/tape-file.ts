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

/** @throws UsageError if the path is missing, or is a URL instead. */
export function checkTapePath(path: string | undefined): string {
  if (path === undefined) throw new UsageError("the tape is missing; it goes before the URL");
  // It may hold a secret, so it is not shown.
  if (path.includes("://")) throw new UsageError("this is a URL, not a tape; the tape goes before the URL");
  return path;
}

/**
 * Checks the file for a new tape, before connecting.
 * @throws UsageError if the file exists; CliFailure TAPE_FAILED if it cannot be written.
 */
export function checkNewTape(path: string, force: boolean | undefined): void {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!force && found !== undefined)
    throw new UsageError(`${path} already exists; use --force to replace it`);
  // Opening a FIFO waits for its reader.
  if (found?.isFIFO()) return;
  try {
    closeSync(openSync(path, "a", 0o600));
  } catch (error) {
    throw tapeFailure(`cannot write ${path} (${codeOf(error)})`, error);
  }
}

/** @throws CliFailure TAPE_FAILED if the file is not a tape. */
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

/** Reports how a recording ended. @returns TAPE_FAILED if the tape could not be written. */
export function reportTape(
  path: string,
  { recording, lineCount, byteCount }: RecordedTransport,
  output: Output,
): CliFailure | undefined {
  if (recording.name === "failed") {
    return tapeFailure(`cannot write ${path} (${codeOf(recording.error)})`, recording.error);
  }
  if (recording.name === "cut") output.warn(`${path} is incomplete: ${whyCut[recording.why]}`);
  if (lineCount > 0) output.say(`${lineCount} lines, ${byteCount} bytes in ${path}`);
  return undefined;
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}

const whyCut = {
  full: "it reached its size limit",
  behind: "the disk was slower than the conversation",
} as const;

export interface ReplayFlags extends ConnectionFlags {
  readonly match: "exact" | "shape";
  readonly speed?: number;
  readonly secretEnv?: readonly string[];
}

/** How a message is compared with the one on the tape. */
export function matchOption(standard?: "exact" | "shape"): Option {
  const option = new Option("--match <how>", "exact: the same JSON; shape: the same except for values");
  return option.choices(["exact", "shape"]).default(standard);
}

export function speedOption(): Option {
  return new Option(
    "--speed <n>",
    "keep the pauses of the tape, n times as fast (default: no pauses)",
  ).argParser(positiveNumber);
}

/** A tape that cannot be read: the file, the line, and what is wrong with it. */
export class TapeError extends Error {
  override readonly name = "TapeError";
  readonly file: string;
  /** Counted from 1; absent when the whole file is the problem. */
  readonly line?: number;

  constructor(file: string, line: number | undefined, problem: string, cause?: unknown) {
    super(
      `${line === undefined ? file : `${file}:${line}`}: ${problem}`,
      cause === undefined ? {} : { cause },
    );
    this.file = file;
    if (line !== undefined) this.line = line;
  }
}

/** Where two messages, or two handshakes, differ. */
export interface Difference {
  /** A JSON path such as `$.params.id`; `$` for the whole message; `character 7` or `byte 7` if it is not JSON. */
  readonly at: string;
  readonly recorded: unknown;
  readonly actual: unknown;
}

/** The program departed from the tape. The message quotes what was sent and recorded, shortened and with secrets replaced. */
export class TapeParting extends Error {
  override readonly name = "TapeParting";
  readonly code = "TAPE_PARTED";
  readonly file: string;
  /** The line of the tape that was expected next. */
  readonly line: number;
  readonly channel: number;
  readonly difference?: Difference;

  constructor(place: { file: string; line: number; channel: number }, what: string, difference?: Difference) {
    const how = difference === undefined ? "" : `: ${describe(difference)}`;
    super(`${place.file}:${place.line}: ${what}${how}`);
    this.file = place.file;
    this.line = place.line;
    this.channel = place.channel;
    if (difference !== undefined) this.difference = difference;
  }
}

function describe({ at, recorded, actual }: Difference): string {
  return `at ${at}: recorded ${quote(recorded)}, actual ${quote(actual)}`;
}

const longest = 120;

function quote(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = written(value);
  return text.length > longest ? `${text.slice(0, longest)}… (${text.length} characters)` : text;
}

function written(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return "a value nested too deeply to show";
  }
}

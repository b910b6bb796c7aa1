import {
  createWriteStream,
  fchmodSync,
  fstatSync,
  lstatSync,
  openSync,
  realpathSync,
  rmSync,
  type Stats,
  statSync,
  type WriteStream,
} from "node:fs";
import { dirname } from "node:path";
import type { CutEntry, TapeLine } from "./entry.ts";

/** The state of a recording. */
export type RecordingState =
  | { readonly name: "recording" }
  | { readonly name: "finished" }
  /** The tape ends early, and its last line says why. */
  | { readonly name: "cut"; readonly why: CutEntry["why"] }
  /** The file could not be written. `error` has the system's `code`, such as ENOSPC. */
  | { readonly name: "failed"; readonly error: Error };

/** When more bytes than this wait in memory, the disk is too slow. */
const mostPendingBytes = 16 * 1024 * 1024;

/** Reserved for the line that says why the tape was cut. */
const cutLineBytes = 32;

/**
 * Writes lines to a file that only its owner can read. An error of the file stops the recording and affects nothing else: no
 * method throws, and memory holds only what is about to be written.
 */
export class TapeWriter {
  #state: RecordingState = { name: "recording" };
  #lineCount = 0;
  #byteCount = 0;
  readonly #path: string;
  readonly #maxBytes: number;
  #stream: WriteStream | undefined;

  constructor(path: string, maxBytes: number) {
    this.#path = path;
    this.#maxBytes = maxBytes;
  }

  get state(): RecordingState {
    return this.#state;
  }

  get lineCount(): number {
    return this.#lineCount;
  }

  get byteCount(): number {
    return this.#byteCount;
  }

  get isRecording(): boolean {
    return this.#state.name === "recording";
  }

  /** Whether this many bytes still fit. If not, the tape ends here. */
  hasRoomFor(bytes: number): boolean {
    if (!this.isRecording) return false;
    if (this.#byteCount + bytes > this.#maxBytes) this.#cut("full");
    return this.isRecording;
  }

  write(line: TapeLine): void {
    if (!this.isRecording) return;
    const text = `${JSON.stringify(line)}\n`;
    const bytes = Buffer.byteLength(text);
    const stream = this.#open();
    if (stream === undefined) return;
    if (this.#byteCount + bytes > this.#maxBytes - cutLineBytes) this.#cut("full");
    else if (stream.writableLength > mostPendingBytes) this.#cut("behind");
    else this.#put(stream, text, bytes);
  }

  /** Resolves when everything is on disk, or writing has failed. */
  async finish(): Promise<void> {
    if (this.#state.name === "recording") this.#state = { name: "finished" };
    const stream = this.#stream;
    if (stream === undefined || stream.closed) return;
    await new Promise<void>((resolve) => {
      stream.once("close", resolve);
      stream.end();
    });
  }

  #put(stream: WriteStream, text: string, bytes: number): void {
    this.#lineCount += 1;
    this.#byteCount += bytes;
    stream.write(text);
  }

  #cut(why: CutEntry["why"]): void {
    const text = `${JSON.stringify({ type: "cut", why } satisfies CutEntry)}\n`;
    // If not even the first line fitted, there is no tape to cut.
    if (this.#stream !== undefined && this.#lineCount > 0) {
      this.#put(this.#stream, text, Buffer.byteLength(text));
    }
    this.#state = { name: "cut", why };
    this.#stream?.end();
  }

  #open(): WriteStream | undefined {
    try {
      this.#stream ??= openTape(this.#path).on("error", (error) => this.#failed(error));
    } catch (error) {
      this.#failed(error instanceof Error ? error : new Error(String(error)));
    }
    return this.#stream;
  }

  #failed(error: Error): void {
    this.#state = { name: "failed", error };
  }
}

/**
 * Creates a new file for a tape, readable by its owner only. An existing file is removed rather than overwritten: others may
 * have it open, and a link may lead anywhere. Devices and pipes are written to as they are.
 *
 * @throws the system's error, unless the stream reports it.
 */
function openTape(path: string): WriteStream {
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (there !== undefined && !isReplaceable(path, there)) {
    return createWriteStream(path, { flags: "w", mode: 0o600 }).on("open", makePrivate);
  }
  if (there !== undefined) rmSync(path);
  // Synchronously, so that the next recorder finds it.
  return createWriteStream(path, { fd: openSync(path, "wx", 0o600) });
}

/** A link to a device counts as a device. System links such as /dev/stdout may lead to a file and are kept. */
function isReplaceable(path: string, there: Stats): boolean {
  if (!there.isSymbolicLink()) return there.isFile();
  if (/^\/(?:dev|proc)(?:\/|$)/.test(realpathSync(dirname(path)))) return false;
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? true;
}

/** For the target of a system link. Devices keep their mode, and so do files on a file system without modes. */
function makePrivate(fd: number): void {
  try {
    // Synchronously: before the first line is written, and while the descriptor certainly belongs to this file.
    if (fstatSync(fd).isFile()) fchmodSync(fd, 0o600);
  } catch {}
}

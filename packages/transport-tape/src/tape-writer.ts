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

/** What became of a recording. */
export type RecordingState =
  | { readonly name: "recording" }
  | { readonly name: "finished" }
  /** The tape ends early, with a line that says so. */
  | { readonly name: "cut"; readonly why: CutEntry["why"] }
  /** The file could not be written: `error` has the system's `code`, such as ENOSPC. */
  | { readonly name: "failed"; readonly error: Error };

/** Where more waits in memory for the disk, the disk is too slow. */
const mostPendingBytes = 16 * 1024 * 1024;

/** Kept free for the line that says that the tape is cut. */
const cutLineBytes = 32;

/**
 * Writes lines to a file, readable by its owner only. What goes wrong with the file stops the writing, and nothing else: it
 * throws nothing, and keeps in memory only what the disk is about to take.
 */
export class TapeWriter {
  state: RecordingState = { name: "recording" };
  lineCount = 0;
  byteCount = 0;
  readonly #path: string;
  readonly #maxBytes: number;
  #stream: WriteStream | undefined;

  constructor(path: string, maxBytes: number) {
    this.#path = path;
    this.#maxBytes = maxBytes;
  }

  get isRecording(): boolean {
    return this.state.name === "recording";
  }

  /** Whether so much may still be written; if not, the tape ends here. */
  hasRoomFor(bytes: number): boolean {
    if (!this.isRecording) return false;
    if (this.byteCount + bytes > this.#maxBytes) this.#cut("full");
    return this.isRecording;
  }

  write(line: TapeLine): void {
    if (!this.isRecording) return;
    const text = `${JSON.stringify(line)}\n`;
    const bytes = Buffer.byteLength(text);
    const stream = this.#open();
    if (stream === undefined) return;
    if (this.byteCount + bytes > this.#maxBytes - cutLineBytes) this.#cut("full");
    else if (stream.writableLength > mostPendingBytes) this.#cut("behind");
    else this.#put(stream, text, bytes);
  }

  /** Resolves when everything is on the disk, or known not to be. */
  async finish(): Promise<void> {
    if (this.state.name === "recording") this.state = { name: "finished" };
    const stream = this.#stream;
    if (stream === undefined || stream.closed) return;
    await new Promise<void>((resolve) => {
      stream.once("close", resolve);
      stream.end();
    });
  }

  #put(stream: WriteStream, text: string, bytes: number): void {
    this.lineCount += 1;
    this.byteCount += bytes;
    stream.write(text);
  }

  #cut(why: CutEntry["why"]): void {
    const text = `${JSON.stringify({ type: "cut", why } satisfies CutEntry)}\n`;
    // Where not even the first line had room, there is no tape to be cut.
    if (this.#stream !== undefined && this.lineCount > 0) {
      this.#put(this.#stream, text, Buffer.byteLength(text));
    }
    this.state = { name: "cut", why };
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
    this.state = { name: "failed", error };
  }
}

/**
 * Opens a file of its own for a tape, readable by its owner only: what is there is removed and not written into, as others
 * may have it open, and a link may lead anywhere. Only devices and pipes are what they are.
 *
 * @throws what the system says where that fails; or the stream tells it.
 */
function openTape(path: string): WriteStream {
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (there !== undefined && !isReplaceable(path, there)) {
    return createWriteStream(path, { flags: "w", mode: 0o600 }).on("open", makePrivate);
  }
  if (there !== undefined) rmSync(path);
  // At once, so that who comes next finds it.
  return createWriteStream(path, { fd: openSync(path, "wx", 0o600) });
}

/** A link to a device is as good as one; those of the system, such as /dev/stdout, may lead to a file. */
function isReplaceable(path: string, there: Stats): boolean {
  if (!there.isSymbolicLink()) return there.isFile();
  if (/^\/(?:dev|proc)(?:\/|$)/.test(realpathSync(dirname(path)))) return false;
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? true;
}

/** What a link of the system leads to. Devices keep their mode; so does what is on a file system that knows no modes. */
function makePrivate(fd: number): void {
  try {
    // At once, before the first line is written and while the descriptor surely is this file's.
    if (fstatSync(fd).isFile()) fchmodSync(fd, 0o600);
  } catch {}
}

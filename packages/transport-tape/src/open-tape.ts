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

/**
 * Opens a file of its own for a tape, readable by its owner only: what is there is removed and not written into, as others
 * may have it open, and a link may lead anywhere. Only devices and pipes are what they are.
 *
 * @throws what the system says where that fails; or the stream tells it.
 */
export function openTape(path: string): WriteStream {
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

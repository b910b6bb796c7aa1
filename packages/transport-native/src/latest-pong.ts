/** Writes a frame; `written` is called when the socket has taken it from this process, or never. */
type Write = (frame: Uint8Array, written: () => void) => void;

/**
 * Sends pongs, one at a time. Of those that wait meanwhile only the latest is sent (RFC 6455 5.5.3 permits it): a
 * write for each ping of a flood would keep the event loop busy for seconds.
 */
export class LatestPong {
  readonly #write: Write;
  #waiting: Uint8Array | undefined;
  #isUnderWay = false;

  constructor(write: Write) {
    this.#write = write;
  }

  put(frame: Uint8Array): void {
    this.#waiting = frame;
    if (this.#isUnderWay) return;
    this.#isUnderWay = true;
    // What arrived in one chunk is parsed in one go, so this runs once it is.
    queueMicrotask(() => this.#next());
  }

  #next(): void {
    const frame = this.#waiting;
    this.#waiting = undefined;
    if (frame === undefined) this.#isUnderWay = false;
    else this.#write(frame, () => this.#next());
  }
}

/** How long chunks may be parsed before the event loop gets its turn. */
const turnMs = 8;

/**
 * Shares the event loop with a peer that floods: Node reads a socket many times before anything else gets its turn, and a
 * chunk of the smallest frames takes long to parse. Reading rests for one turn of the event loop once it has used up its
 * time.
 */
export class ReadingTurns {
  #isResting = false;
  #spentMs = 0;
  readonly #changed: () => void;

  /** `changed` is called when `isResting` has changed. */
  constructor(changed: () => void) {
    this.#changed = changed;
  }

  get isResting(): boolean {
    return this.#isResting;
  }

  /** Runs `parse` and counts the time it takes. */
  take(parse: () => void): void {
    const startedAt = performance.now();
    parse();
    this.#spentMs += performance.now() - startedAt;
    if (this.#spentMs >= turnMs && !this.#isResting) this.#rest();
  }

  #rest(): void {
    this.#isResting = true;
    this.#changed();
    setImmediate(() => {
      this.#isResting = false;
      this.#spentMs = 0;
      this.#changed();
    });
  }
}

/** Writes a frame; `written` is called when the socket has handed it to the system, or never. */
type WriteFrame = (frame: Uint8Array, written: () => void) => void;

/**
 * Sends pongs, one at a time. Of those that wait meanwhile only the latest is sent (RFC 6455 5.5.3 permits it): a write
 * for each ping of a flood would keep the event loop busy for seconds.
 */
export class LatestPong {
  readonly #write: WriteFrame;
  #waiting: Uint8Array | undefined;
  #isSending = false;

  constructor(write: WriteFrame) {
    this.#write = write;
  }

  put(frame: Uint8Array): void {
    this.#waiting = frame;
    if (this.#isSending) return;
    this.#isSending = true;
    // The frames of one chunk are parsed in one go, so this runs after the last of them.
    queueMicrotask(() => this.#next());
  }

  #next(): void {
    const frame = this.#waiting;
    this.#waiting = undefined;
    if (frame === undefined) this.#isSending = false;
    else this.#write(frame, () => this.#next());
  }
}

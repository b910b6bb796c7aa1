/** How long chunks may be parsed before the event loop gets its turn. */
const TURN_MS = 8;

/**
 * Shares the event loop with a peer that floods: Node reads a socket many times before anything else gets its turn,
 * and a chunk of the smallest frames takes long to parse. Reading rests for a turn when it has taken its time.
 */
export class ReadingTurns {
  isResting = false;
  readonly #changed: () => void;
  #spentMs = 0;

  /** `changed` is called when `isResting` has changed. */
  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** Runs `parse` and counts the time that it takes. */
  take(parse: () => void): void {
    const startedAt = performance.now();
    parse();
    this.#spentMs += performance.now() - startedAt;
    if (this.#spentMs >= TURN_MS && !this.isResting) this.#rest();
  }

  #rest(): void {
    this.isResting = true;
    this.#changed();
    setTimeout(() => {
      this.isResting = false;
      this.#spentMs = 0;
      this.#changed();
    }, 0);
  }
}

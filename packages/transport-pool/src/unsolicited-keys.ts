/** So many keys are remembered; the one that is remembered longest goes. */
const mostKeys = 1_000;

/** The keys whose peers send what nobody asked for: their connections are not kept, for a while. */
export class UnsolicitedKeys {
  readonly #forMs: number;
  readonly #untilMs: Map<string, number> = new Map();

  constructor(forMs: number) {
    this.#forMs = forMs;
  }

  add(key: string, nowMs: number): void {
    this.#untilMs.delete(key);
    this.#untilMs.set(key, nowMs + this.#forMs);
    const [oldest] = this.#untilMs.keys();
    if (oldest !== undefined && this.#untilMs.size > mostKeys) this.#untilMs.delete(oldest);
  }

  has(key: string, nowMs: number): boolean {
    const untilMs = this.#untilMs.get(key);
    if (untilMs === undefined) return false;
    if (nowMs < untilMs) return true;
    this.#untilMs.delete(key);
    return false;
  }
}

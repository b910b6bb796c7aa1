/** The most keys that are remembered. Beyond it the oldest entry is dropped. */
const maxKeys = 1_000;

/** The keys whose peers have sent unsolicited messages. Their connections are not reused for a while. */
export class UnsolicitedKeys {
  readonly #durationMs: number;
  readonly #untilMs: Map<string, number> = new Map();

  constructor(durationMs: number) {
    this.#durationMs = durationMs;
  }

  add(key: string, nowMs: number): void {
    this.#untilMs.delete(key);
    this.#untilMs.set(key, nowMs + this.#durationMs);
    const [oldest] = this.#untilMs.keys();
    if (oldest !== undefined && this.#untilMs.size > maxKeys) this.#untilMs.delete(oldest);
  }

  has(key: string, nowMs: number): boolean {
    const untilMs = this.#untilMs.get(key);
    if (untilMs === undefined) return false;
    if (nowMs < untilMs) return true;
    this.#untilMs.delete(key);
    return false;
  }
}

/** What Redis last said of the limit as a whole. */
export class LastAnswer {
  readonly #limit: number;
  #used = 0;
  #atMs = 0;
  #resetAtMs = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  heard(used: number, resetAfterMs: number, nowMs: number): void {
    this.#used = used;
    this.#atMs = nowMs;
    this.#resetAtMs = nowMs + resetAfterMs;
  }

  /** Permits that nobody had taken. */
  get free(): number {
    return Math.max(0, this.#limit - this.#used);
  }

  resetAfterMs(nowMs: number): number {
    return Math.max(0, this.#resetAtMs - nowMs);
  }

  /** About how many still count: as if they had been taken evenly. */
  used(nowMs: number): number {
    if (nowMs >= this.#resetAtMs) return 0;
    const left = (this.#resetAtMs - nowMs) / (this.#resetAtMs - this.#atMs);
    return Math.min(this.#limit, Math.ceil(this.#used * left));
  }

  forget(): void {
    this.#used = 0;
    this.#resetAtMs = 0;
  }
}

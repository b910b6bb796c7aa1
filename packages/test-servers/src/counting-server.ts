import type { WebSocket } from "ws";
import { TestServer } from "./test-server.ts";

const tickMs = 2;

/**
 * A server that records when each message arrived and never replies. A process that was frozen reads messages late, so it keeps the last
 * moment at which it was certainly running, and counts its own delay against no client.
 */
export class CountingServer extends TestServer {
  readonly arrivals: Arrivals = new Arrivals();
  /** The last two moments at which this process was certainly running. */
  #runningMs = performance.now();
  #beforeMs = performance.now();
  readonly #ticking: ReturnType<typeof setInterval> = setInterval(() => {
    this.#beforeMs = this.#runningMs;
    this.#runningMs = performance.now();
  }, tickMs);

  protected welcome(socket: WebSocket): void {
    socket.on("message", () => this.arrivals.note(this.#beforeMs, performance.now()));
  }

  override close(): Promise<void> {
    clearInterval(this.#ticking);
    return super.close();
  }
}

export function startCountingServer(): Promise<CountingServer> {
  return new CountingServer().listen("/");
}

/** When messages arrived: each between two moments, in order of arrival. */
export class Arrivals {
  readonly #arrivals: { readonly earliestMs: number; readonly latestMs: number }[] = [];

  get count(): number {
    return this.#arrivals.length;
  }

  note(earliestMs: number, latestMs: number): void {
    this.#arrivals.push({ earliestMs, latestMs });
  }

  /** The most that certainly arrived within one window of this length, wherever it starts. */
  mostWithin(windowMs: number): number {
    const arrivals = this.#arrivals;
    let most = 0;
    let end = 0;
    for (const [start, { earliestMs }] of arrivals.entries()) {
      while (end < arrivals.length && (arrivals[end]?.latestMs ?? 0) < earliestMs + windowMs) end += 1;
      most = Math.max(most, end - start);
    }
    return most;
  }

  /**
   * Arrivals per second, from the first one to the last that is a multiple of `many` after it. If they arrive in bursts of that size, it
   * makes no difference where the count begins and ends.
   */
  rateBy(many: number): number {
    const last = Math.floor((this.#arrivals.length - 1) / many) * many;
    const from = this.#arrivals[0]?.latestMs ?? 0;
    const to = this.#arrivals[last]?.latestMs ?? 0;
    return last <= 0 ? 0 : (last / (to - from)) * 1_000;
  }
}

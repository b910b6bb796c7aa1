import type { WebSocket } from "ws";
import { TestServer } from "./server.ts";

/** When a message came: not before the one, not after the other. */
interface Arrival {
  readonly earliestMs: number;
  readonly latestMs: number;
}

const tickMs = 2;

/**
 * A server that answers nothing and knows when each message came. A process that stood still reads late what came early, so it
 * notes since when it has certainly been awake, and blames nobody for its own delay.
 */
export class CountingServer extends TestServer {
  readonly #arrivals: Arrival[] = [];
  /** The last two moments at which this process was surely awake. */
  #awakeMs = performance.now();
  #beforeMs = performance.now();
  readonly #ticking: ReturnType<typeof setInterval> = setInterval(() => {
    this.#beforeMs = this.#awakeMs;
    this.#awakeMs = performance.now();
  }, tickMs);

  protected welcome(socket: WebSocket): void {
    socket.on("message", () => {
      this.#arrivals.push({ earliestMs: this.#beforeMs, latestMs: performance.now() });
    });
  }

  get count(): number {
    return this.#arrivals.length;
  }

  /** The most messages that surely came within one window of this length, wherever it starts. */
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
   * How many came a second, from the first one to the last that is a multiple of `many` after it. Where they come in bursts of so
   * many, it makes no difference how the count begins and ends.
   */
  rateBy(many: number): number {
    const last = Math.floor((this.#arrivals.length - 1) / many) * many;
    const from = this.#arrivals[0]?.latestMs ?? 0;
    const to = this.#arrivals[last]?.latestMs ?? 0;
    return last <= 0 ? 0 : (last / (to - from)) * 1_000;
  }

  override close(): Promise<void> {
    clearInterval(this.#ticking);
    return super.close();
  }
}

export function startCountingServer(): Promise<CountingServer> {
  return new CountingServer().listen("/");
}

import type { WebSocket } from "ws";
import { Arrivals } from "./arrivals.ts";
import { TestServer } from "./server.ts";

const tickMs = 2;

/**
 * A server that answers nothing and knows when each message came. A process that stood still reads late what came early, so it
 * notes since when it has certainly been awake, and blames nobody for its own delay.
 */
export class CountingServer extends TestServer {
  readonly arrivals: Arrivals = new Arrivals();
  /** The last two moments at which this process was surely awake. */
  #awakeMs = performance.now();
  #beforeMs = performance.now();
  readonly #ticking: ReturnType<typeof setInterval> = setInterval(() => {
    this.#beforeMs = this.#awakeMs;
    this.#awakeMs = performance.now();
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

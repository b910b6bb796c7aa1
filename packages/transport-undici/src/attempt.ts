import type { Socket } from "node:net";
import { type Channel, type OpenRequest, TransportError } from "@outsock/core";

interface Settlers {
  resolve(channel: Channel): void;
  reject(error: TransportError): void;
}

/** One attempt to open a channel. It ends once: with a channel, or with an error that leaves nothing open. */
export class Attempt {
  /** The socket of this attempt, once there is one. */
  socket: Socket | undefined;
  readonly #signal: OpenRequest["signal"];
  readonly #settlers: Settlers;
  readonly #cleanups: (() => void)[] = [];
  #isSettled = false;

  constructor(signal: OpenRequest["signal"], settlers: Settlers) {
    this.#signal = signal;
    this.#settlers = settlers;
    signal.addEventListener("abort", this.#abort);
  }

  get isSettled(): boolean {
    return this.#isSettled;
  }

  /** Runs `cleanup` when the attempt ends, however it ends. */
  whenSettled(cleanup: () => void): void {
    this.#cleanups.push(cleanup);
  }

  succeed(channel: Channel): void {
    if (this.#settle()) this.#settlers.resolve(channel);
  }

  fail(error: TransportError): void {
    if (!this.#settle()) return;
    this.socket?.destroy();
    this.#settlers.reject(error);
  }

  #abort = (): void => this.fail(new TransportError("ABORTED", "the attempt was aborted"));

  #settle(): boolean {
    if (this.#isSettled) return false;
    this.#isSettled = true;
    this.#signal.removeEventListener("abort", this.#abort);
    for (const cleanup of this.#cleanups) cleanup();
    return true;
  }
}

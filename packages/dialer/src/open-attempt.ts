// Stands alone: transports use it around whatever opens their sockets.
import type { OpenRequest, TransportError } from "@outsock/core";
import { openAborted } from "./dial-error.ts";

/** One attempt to open a channel. It ends once; aborting the request fails it, and afterwards its signal is not listened to. */
export class OpenAttempt {
  #isOver = false;
  readonly #signal: OpenRequest["signal"];
  readonly #failed: (error: TransportError) => void;

  /** `failed` rejects the call and leaves nothing open. */
  constructor(signal: OpenRequest["signal"], failed: (error: TransportError) => void) {
    this.#signal = signal;
    this.#failed = failed;
    signal.addEventListener("abort", this.#abort);
  }

  /** For an attempt that succeeds. False if it has ended already. */
  end(): boolean {
    if (this.#isOver) return false;
    this.#isOver = true;
    this.#signal.removeEventListener("abort", this.#abort);
    return true;
  }

  fail(error: TransportError): void {
    if (this.end()) this.#failed(error);
  }

  readonly #abort = (): void => this.fail(openAborted());
}

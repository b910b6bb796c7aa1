import type { MessageStream } from "@outsock/core/internal";
import type { Heartbeat } from "./heartbeat.ts";

/** A connection that is not read while anybody asks for that. Its heartbeat expects nothing meanwhile. */
export class Pausing {
  readonly #stream: MessageStream;
  readonly #heartbeat: Heartbeat | undefined;
  readonly #by: Set<object> = new Set();

  constructor(stream: MessageStream, heartbeat: Heartbeat | undefined) {
    this.#stream = stream;
    this.#heartbeat = heartbeat;
  }

  pause(by: object): void {
    this.#by.add(by);
    if (this.#heartbeat !== undefined) this.#heartbeat.paused = true;
    this.#stream.pause();
  }

  resume(by: object): void {
    if (!this.#by.delete(by) || this.#by.size > 0) return;
    if (this.#heartbeat !== undefined) this.#heartbeat.paused = false;
    this.#stream.resume();
  }
}

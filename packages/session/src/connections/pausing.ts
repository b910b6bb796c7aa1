import type { Link } from "@outsock/core/foundation";
import type { Heartbeat } from "./heartbeat.ts";

/** A connection that is not read while anybody asks for that. Its heartbeat expects nothing meanwhile. */
export class Pausing {
  readonly #link: Link;
  readonly #heartbeat: Heartbeat | undefined;
  readonly #by: Set<object> = new Set();

  constructor(link: Link, heartbeat: Heartbeat | undefined) {
    this.#link = link;
    this.#heartbeat = heartbeat;
  }

  pause(by: object): void {
    this.#by.add(by);
    if (this.#heartbeat !== undefined) this.#heartbeat.paused = true;
    this.#link.pause();
  }

  resume(by: object): void {
    if (!this.#by.delete(by) || this.#by.size > 0) return;
    if (this.#heartbeat !== undefined) this.#heartbeat.paused = false;
    this.#link.resume();
  }
}

import { ignoreRejection } from "@outsock/core/adapter";
import type { SessionEvents } from "./session.ts";

type Name = keyof SessionEvents;
type Listeners = { readonly [N in Name]: Set<(event: SessionEvents[N]) => unknown> };

/** The listeners of `session.on`. Errors and rejections of a listener are ignored. */
export class Emitter {
  readonly #listeners: Listeners = {
    state: new Set(),
    failure: new Set(),
    gap: new Set(),
    rotation: new Set(),
    event: new Set(),
  };
  /** One for each listener. Undefined once no event follows. */
  #stops: Set<() => void> | undefined = new Set();

  on<N extends Name>(name: N, listener: (event: SessionEvents[N]) => void, signal?: AbortSignal): Disposable {
    const listeners = this.#listeners[name];
    if (listeners === undefined) throw new TypeError(`on: there is no event ${String(name)}`);
    if (typeof listener !== "function") throw new TypeError("on: the listener must be a function");
    // A function may be added twice, and each one is disposed separately.
    const own = (event: SessionEvents[N]): unknown => listener(event);
    const stop = (): void => {
      listeners.delete(own);
      this.#stops?.delete(stop);
      signal?.removeEventListener("abort", stop);
    };
    if (signal?.aborted !== true && this.#stops !== undefined) {
      this.#stops.add(stop);
      listeners.add(own);
      signal?.addEventListener("abort", stop);
    }
    return { [Symbol.dispose]: stop };
  }

  /** No event follows: a signal that outlives the session must not keep its listeners. */
  end(): void {
    const stops = this.#stops ?? [];
    this.#stops = undefined;
    for (const stop of stops) stop();
  }

  emit<N extends Name>(name: N, event: SessionEvents[N]): void {
    const listeners = this.#listeners[name];
    // A listener added during this event gets the next one; a listener removed gets no more.
    for (const listener of [...listeners]) {
      if (!listeners.has(listener)) continue;
      try {
        ignoreRejection(listener(event));
      } catch {
        // A failing listener must not affect the session.
      }
    }
  }
}

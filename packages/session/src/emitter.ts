import { ignoreRejection } from "@outsock/core/adapter";
import type { SessionEvents } from "./session.ts";

type Name = keyof SessionEvents;
type Listeners = { readonly [N in Name]: Set<(event: SessionEvents[N]) => unknown> };

/** Who is told what happens. A listener that throws, or answers with a promise that rejects, changes nothing. */
export class Emitter {
  readonly #listeners: Listeners = {
    state: new Set(),
    failure: new Set(),
    gap: new Set(),
    rotation: new Set(),
    event: new Set(),
  };

  on<N extends Name>(name: N, listener: (event: SessionEvents[N]) => void, signal?: AbortSignal): Disposable {
    const listeners = this.#listeners[name];
    if (listeners === undefined) throw new TypeError(`on: there is no event ${String(name)}`);
    if (typeof listener !== "function") throw new TypeError("on: the listener must be a function");
    // One listener may be given twice, and each time be taken back by itself.
    const own = (event: SessionEvents[N]): unknown => listener(event);
    const stop = (): void => {
      listeners.delete(own);
      signal?.removeEventListener("abort", stop);
    };
    if (signal?.aborted !== true) {
      listeners.add(own);
      signal?.addEventListener("abort", stop);
    }
    return { [Symbol.dispose]: stop };
  }

  emit<N extends Name>(name: N, event: SessionEvents[N]): void {
    const listeners = this.#listeners[name];
    // Whoever is added meanwhile hears the next event; whoever is taken back hears no more.
    for (const listener of [...listeners]) {
      if (!listeners.has(listener)) continue;
      try {
        ignoreRejection(listener(event));
      } catch {
        // Watching must not change what is watched.
      }
    }
  }
}

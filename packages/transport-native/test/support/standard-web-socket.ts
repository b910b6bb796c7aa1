import type { NativeCloseEvent, NativeWebSocket } from "../../src/index.ts";

interface Listeners {
  open: (() => void)[];
  error: (() => void)[];
  message: ((event: { readonly data: unknown }) => void)[];
  close: ((event: NativeCloseEvent) => void)[];
}

/** A WebSocket with the standard's members only, driven by hand: what a browser has. */
export class StandardWebSocket implements NativeWebSocket {
  static readonly made: StandardWebSocket[] = [];
  binaryType = "blob";
  bufferedAmount = 0;
  extensions = "permessage-deflate";
  protocol = "";
  readyState = 0;
  readonly protocols: unknown;
  readonly sent: unknown[] = [];
  readonly closes: (readonly [number | undefined, string | undefined])[] = [];
  readonly #listeners: Listeners = { open: [], error: [], message: [], close: [] };

  constructor(_url: string, protocols?: string | string[]) {
    this.protocols = protocols;
    StandardWebSocket.made.push(this);
  }

  addEventListener<Type extends keyof Listeners>(type: Type, listener: Listeners[Type][number]): void {
    const listeners: unknown[] = this.#listeners[type];
    listeners.push(listener);
  }

  send(data: unknown): void {
    this.sent.push(data);
  }

  close(code?: number, reason?: string): void {
    if (code !== undefined && code !== 1000 && code < 3000) throw new Error("InvalidAccessError");
    this.closes.push([code, reason]);
    this.readyState = 2;
  }

  beOpen(): void {
    this.readyState = 1;
    for (const listener of this.#listeners.open) listener();
  }

  receive(data: unknown): void {
    for (const listener of this.#listeners.message) listener({ data });
  }

  beClosed(code: number, reason = ""): void {
    this.readyState = 3;
    for (const listener of this.#listeners.close) listener({ code, reason, wasClean: code !== 1006 });
  }
}

/** The part of the WHATWG WebSocket interface that is used, so that no runtime's types are needed. */
export interface NativeWebSocket {
  binaryType: string;
  readonly bufferedAmount: number;
  readonly extensions: string;
  readonly protocol: string;
  readonly readyState: number;
  addEventListener(type: "open" | "error", listener: () => void): void;
  addEventListener(type: "message", listener: (event: { readonly data: unknown }) => void): void;
  addEventListener(type: "close", listener: (event: NativeCloseEvent) => void): void;
  send(data: string | Uint8Array<ArrayBuffer>): void;
  close(code?: number, reason?: string): void;
}

export interface NativeCloseEvent {
  readonly code: number;
  readonly reason: string;
  readonly wasClean: boolean;
}

/** `globalThis.WebSocket` of any runtime, or something made like it. */
export type NativeWebSocketConstructor = new (url: string, protocols?: string | string[]) => NativeWebSocket;

/** Ready states (WHATWG WebSockets 3.1). */
export const OPEN = 1;

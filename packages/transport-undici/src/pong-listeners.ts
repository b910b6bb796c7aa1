import { subscribe, unsubscribe } from "node:diagnostics_channel";

const PONG = "undici:websocket:pong";
const listeners = new Map<unknown, () => void>();

function onPong(event: unknown): void {
  if (typeof event === "object" && event !== null && "websocket" in event) listeners.get(event.websocket)?.();
}

/**
 * Hears the pongs of one WebSocket until the returned function is called. undici tells pongs of all its sockets on
 * one diagnostics channel, which is subscribed to only while someone listens here.
 */
export function listenForPongs(webSocket: object, pong: () => void): () => void {
  if (listeners.size === 0) subscribe(PONG, onPong);
  listeners.set(webSocket, pong);
  return () => {
    if (listeners.delete(webSocket) && listeners.size === 0) unsubscribe(PONG, onPong);
  };
}

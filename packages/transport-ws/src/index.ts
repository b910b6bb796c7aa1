export { preload } from "./preload.ts";
export { type WsTransportOptions, wsTransport } from "./ws-transport.ts";

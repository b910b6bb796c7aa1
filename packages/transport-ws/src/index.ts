export { preload, type WsTransportOptions, wsTransport } from "./ws-transport.ts";

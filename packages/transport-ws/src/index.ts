export { type WsTlsOptions, type WsTransportOptions, wsTransport } from "./ws-transport.ts";

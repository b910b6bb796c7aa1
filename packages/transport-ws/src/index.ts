export type { TlsTransportOptions as WsTransportOptions } from "@outsock/core";
export { wsTransport } from "./ws-transport.ts";

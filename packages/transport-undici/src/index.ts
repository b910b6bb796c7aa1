export type { TlsTransportOptions as UndiciTransportOptions } from "@outsock/core";
export { undiciTransport } from "./undici-transport.ts";

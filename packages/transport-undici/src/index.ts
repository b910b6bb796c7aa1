export type { Pem, TlsOptions } from "./tls-options.ts";
export { type UndiciTransportOptions, undiciTransport } from "./undici-transport.ts";

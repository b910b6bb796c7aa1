import type { ConnectionOptions } from "node:tls";
import type { TlsOptions } from "@outsock/core";

/** TLS options in the types that Node's tls wants: bytes are Buffers there. */
export function nodeTls({ ca, cert, key, ...rest }: TlsOptions): ConnectionOptions {
  return {
    ...rest,
    ...(ca === undefined
      ? {}
      : { ca: typeof ca === "string" || ca instanceof Uint8Array ? asPem(ca) : ca.map(asPem) }),
    ...(cert === undefined ? {} : { cert: asPem(cert) }),
    ...(key === undefined ? {} : { key: asPem(key) }),
  };
}

function asPem(pem: string | Uint8Array): string | Buffer {
  return typeof pem === "string" ? pem : Buffer.from(pem.buffer, pem.byteOffset, pem.byteLength);
}

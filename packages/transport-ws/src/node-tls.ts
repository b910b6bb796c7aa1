import type { ConnectionOptions } from "node:tls";
import type { Pem, TlsOptions } from "@outsock/core";

/** TLS options in the types that Node's tls wants: bytes are Buffers there, arrays can be written. */
export function nodeTls({ ca, cert, key, servername, rejectUnauthorized }: TlsOptions): ConnectionOptions {
  return {
    ...(ca !== undefined && { ca: nodePem(ca) }),
    ...(cert !== undefined && { cert: nodePem(cert) }),
    ...(key !== undefined && { key: nodePem(key) }),
    ...(servername !== undefined && { servername }),
    ...(rejectUnauthorized !== undefined && { rejectUnauthorized }),
  };
}

function nodePem(pem: Pem): string | Buffer | (string | Buffer)[] {
  return typeof pem === "string" || pem instanceof Uint8Array ? onePem(pem) : pem.map(onePem);
}

function onePem(pem: string | Uint8Array): string | Buffer {
  return typeof pem === "string" ? pem : Buffer.from(pem.buffer, pem.byteOffset, pem.byteLength);
}

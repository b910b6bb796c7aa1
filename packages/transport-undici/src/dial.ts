import { connect as connectTcp, isIP, type LookupFunction, type Socket } from "node:net";
import { type ConnectionOptions, connect as connectTls } from "node:tls";
import type { TlsOptions, TransportError } from "@outsock/core";
import { guardedLookup } from "./guarded-lookup.ts";
import { openError } from "./undici-error.ts";

/** Where to dial, as undici's connector is told. */
export interface Address {
  readonly hostname: string;
  readonly protocol: string;
  readonly port: string;
}

export interface DialOptions {
  readonly tls?: TlsOptions;
  readonly allowAddress?: (address: string) => boolean;
}

interface TcpTarget {
  readonly host: string;
  readonly port: number;
  readonly lookup?: LookupFunction;
}

function mutable(pem: NonNullable<TlsOptions["ca"]>): string | Buffer | (string | Buffer)[] {
  if (typeof pem === "string") return pem;
  if (pem instanceof Uint8Array) return Buffer.from(pem);
  return pem.map((part) => (typeof part === "string" ? part : Buffer.from(part)));
}

function tlsConnectionOptions(host: string, tls: TlsOptions): ConnectionOptions {
  return {
    ALPNProtocols: ["http/1.1"],
    // SNI is not for IP literals (RFC 6066 section 3); Node then checks the certificate against the host.
    servername: tls.servername ?? (isIP(host) === 0 ? host : ""),
    ...(tls.ca !== undefined && { ca: mutable(tls.ca) }),
    ...(tls.cert !== undefined && { cert: mutable(tls.cert) }),
    ...(tls.key !== undefined && { key: mutable(tls.key) }),
    ...(tls.rejectUnauthorized !== undefined && { rejectUnauthorized: tls.rejectUnauthorized }),
  };
}

/**
 * Starts a TCP or TLS connection. `failed` hears every error of the socket until `ready` was called, so the socket
 * never has an error that nobody listens to.
 */
export function dial(
  address: Address,
  options: DialOptions,
  ready: (socket: Socket) => void,
  failed: (error: TransportError) => void,
): Socket {
  const secure = address.protocol === "https:";
  const target: TcpTarget = {
    host: address.hostname,
    port: Number(address.port || (secure ? 443 : 80)),
    ...(options.allowAddress && { lookup: guardedLookup(options.allowAddress) }),
  };
  const socket: Socket = secure
    ? connectTls({ ...target, ...tlsConnectionOptions(target.host, options.tls ?? {}) })
    : connectTcp(target);
  let inTls = false;
  socket.setNoDelay(true);
  socket.once("connect", () => {
    inTls = secure;
  });
  socket.once(secure ? "secureConnect" : "connect", () => {
    inTls = false;
    ready(socket);
  });
  socket.on("error", (error) => failed(openError(error, inTls)));
  return socket;
}

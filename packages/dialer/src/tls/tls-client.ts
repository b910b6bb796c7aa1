import {
  type ConnectionOptions,
  connect,
  createSecureContext,
  type SecureContext,
  type TLSSocket,
} from "node:tls";
import type { Pem, TlsOptions } from "@outsock/core";
import { BoundedMap } from "@outsock/core/adapter";
import { tlsFailed } from "../dial-error.ts";

/** Hosts whose latest session is kept. */
const maxHosts = 100;

/**
 * Connects with the same TLS options each time: one context, made when it is first needed, and the latest session of
 * each host, which shortens the next handshake (RFC 8446 section 2.2). Throws TLS_FAILED for certificates and keys that
 * cannot be read.
 */
export function tlsConnector({
  ca,
  cert,
  key,
  ...checks
}: TlsOptions): (target: ConnectionOptions) => TLSSocket {
  const sessions = new BoundedMap<string, Buffer>(maxHosts);
  let context: SecureContext | undefined;
  return (target) => {
    try {
      context ??= createSecureContext({ ca: nodePem(ca), cert: nodePem(cert), key: nodePem(key) });
      const options: ConnectionOptions = { ...target, ...checks, secureContext: context };
      // Node does not check the name again when a session is resumed, so a session belongs to one name.
      const peer = `${options.host}:${options.port}:${options.servername}`;
      const socket = connect({ ...options, session: sessions.get(peer) });
      let latest: Buffer | undefined;
      // Only the sessions of a peer that passed the check, which may come before or after the session.
      const keep = (session = latest): void => {
        latest = session;
        if (latest && socket.authorized) sessions.set(peer, latest);
      };
      socket.on("session", keep);
      socket.once("secureConnect", keep);
      // Before the attempt is reported as failed: an immediate retry must not use the session either.
      return socket.once("error", () => sessions.take(peer));
    } catch (error) {
      throw tlsFailed(error);
    }
  };
}

/** As Node's types want it: bytes are Buffers, arrays can be written to. */
function nodePem(pem: Pem | undefined): (string | Buffer)[] | undefined {
  if (pem === undefined) return undefined;
  return [pem].flat().map((part) => (typeof part === "string" ? part : Buffer.from(part)));
}

import {
  type ConnectionOptions,
  connect,
  createSecureContext,
  type SecureContext,
  type TLSSocket,
} from "node:tls";
import type { Pem, TlsOptions } from "@outsock/core";
import { tlsFailed } from "../dial-error.ts";

/** Hosts whose latest session is kept. */
const maxHosts = 100;

/**
 * TLS with the same options for every connection: one context, made when it is first needed, and the latest session of
 * each host, which shortens the next handshake (RFC 8446 section 2.2).
 */
export class TlsClient {
  readonly #options: ConnectionOptions;
  readonly #sessions: Map<string, Buffer> = new Map();
  #context: SecureContext | undefined;

  constructor({ ca, cert, key, servername, rejectUnauthorized }: TlsOptions) {
    this.#options = {
      ...(ca !== undefined && { ca: mutablePem(ca) }),
      ...(cert !== undefined && { cert: mutablePem(cert) }),
      ...(key !== undefined && { key: mutablePem(key) }),
      ...(servername !== undefined && { servername }),
      ...(rejectUnauthorized !== undefined && { rejectUnauthorized }),
    };
  }

  /** Throws TLS_FAILED for certificates and keys that cannot be read. */
  connect(target: ConnectionOptions): TLSSocket {
    try {
      this.#context ??= createSecureContext(this.#options);
      const { ca, cert, key, ...own } = this.#options;
      const options: ConnectionOptions = { ...target, ...own, secureContext: this.#context };
      // Node does not check the name again when a session is resumed, so a session belongs to one name.
      const peer = `${options.host}:${options.port}:${options.servername}`;
      const session = this.#sessions.get(peer);
      if (session !== undefined) options.session = session;
      const socket = connect(options);
      this.#keepSessions(socket, peer);
      return socket;
    } catch (error) {
      throw tlsFailed(error);
    }
  }

  /** Keeps only the sessions of a peer that passed the check. After a failure the next attempt starts a new one. */
  #keepSessions(socket: TLSSocket, peer: string): void {
    let latest: Buffer | undefined;
    let isVerified = false;
    socket.on("session", (session) => {
      latest = session;
      if (isVerified) this.#keep(peer, session);
    });
    socket.once("secureConnect", () => {
      // False where `rejectUnauthorized` or the environment turned the check off.
      isVerified = socket.authorized;
      if (isVerified && latest !== undefined) this.#keep(peer, latest);
    });
    // Before the attempt is reported as failed: an immediate retry must not use the session either.
    socket.once("error", () => {
      this.#sessions.delete(peer);
    });
  }

  #keep(peer: string, session: Buffer): void {
    this.#sessions.delete(peer);
    this.#sessions.set(peer, session);
    const [oldest] = this.#sessions.keys();
    if (oldest !== undefined && this.#sessions.size > maxHosts) this.#sessions.delete(oldest);
  }
}

/** In the types of Node's tls: bytes are Buffers, arrays can be written to. */
function mutablePem(pem: Pem): string | Buffer | (string | Buffer)[] {
  if (typeof pem === "string") return pem;
  if (pem instanceof Uint8Array) return Buffer.from(pem.buffer, pem.byteOffset, pem.byteLength);
  return pem.map((part) => (typeof part === "string" ? part : Buffer.from(part)));
}

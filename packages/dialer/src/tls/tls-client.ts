import {
  type ConnectionOptions,
  connect,
  createSecureContext,
  type SecureContext,
  type TLSSocket,
} from "node:tls";
import type { Pem, TlsOptions } from "@outsock/core";
import { setBounded } from "../bounded-map.ts";
import { tlsFailed } from "../dial-error.ts";

/** Hosts whose latest session is kept. */
const maxHosts = 100;

/**
 * TLS with the same options for every connection: one context, made when it is first needed, and the latest session of
 * each host, which shortens the next handshake (RFC 8446 section 2.2).
 */
export class TlsClient {
  readonly #tls: TlsOptions;
  readonly #sessions: Map<string, Buffer> = new Map();
  #context: SecureContext | undefined;

  constructor(tls: TlsOptions) {
    this.#tls = tls;
  }

  /** Throws TLS_FAILED for certificates and keys that cannot be read. */
  connect(target: ConnectionOptions): TLSSocket {
    const { ca, cert, key, servername, rejectUnauthorized } = this.#tls;
    try {
      this.#context ??= createSecureContext({ ca: nodePem(ca), cert: nodePem(cert), key: nodePem(key) });
      const options: ConnectionOptions = { ...target, secureContext: this.#context };
      if (servername !== undefined) options.servername = servername;
      if (rejectUnauthorized !== undefined) options.rejectUnauthorized = rejectUnauthorized;
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
    // Stays false where `rejectUnauthorized` or the environment turned the check off.
    let isVerified = false;
    const keep = (): void => {
      if (isVerified && latest !== undefined) setBounded(this.#sessions, peer, latest, maxHosts);
    };
    socket.on("session", (session) => {
      latest = session;
      keep();
    });
    socket.once("secureConnect", () => {
      isVerified = socket.authorized;
      keep();
    });
    // Before the attempt is reported as failed: an immediate retry must not use the session either.
    socket.once("error", () => {
      this.#sessions.delete(peer);
    });
  }
}

/** As Node's types want it: bytes are Buffers, arrays can be written to. */
function nodePem(pem: Pem | undefined): (string | Buffer)[] | undefined {
  if (pem === undefined) return undefined;
  return [pem].flat().map((part) => (typeof part === "string" ? part : Buffer.from(part)));
}

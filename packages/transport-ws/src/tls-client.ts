import {
  type ConnectionOptions,
  connect,
  createSecureContext,
  type SecureContext,
  type TLSSocket,
} from "node:tls";
import type { TlsOptions } from "@outsock/core";
import { nodeTls } from "./node-tls.ts";
import { tlsFailed } from "./ws-error.ts";

/** Hosts whose latest session is kept. */
const mostHosts = 100;

/**
 * TLS with the same options for every connection: one context, made when it is first needed, and the latest session of each
 * host, which saves a part of the next handshake (RFC 8446 section 2.2).
 */
export class TlsClient {
  readonly #options: ConnectionOptions;
  readonly #sessions: Map<string, Buffer> = new Map();
  #context: SecureContext | undefined;

  constructor(options: TlsOptions) {
    this.#options = nodeTls(options);
  }

  /** `secured` is called once the peer has proved to be the one that was dialled. */
  connect(target: ConnectionOptions, secured: () => void): TLSSocket {
    const { servername, rejectUnauthorized } = this.#options;
    const own = {
      ...(servername !== undefined && { servername }),
      ...(rejectUnauthorized !== undefined && { rejectUnauthorized }),
    };
    try {
      this.#context ??= createSecureContext(this.#options);
      const options = { ...target, ...own, secureContext: this.#context };
      const host = `${options.host}:${options.port}`;
      const session = this.#sessions.get(host);
      const socket = connect(session === undefined ? options : { ...options, session }, secured);
      this.#keepSessions(socket, host);
      return socket;
    } catch (error) {
      throw tlsFailed(error);
    }
  }

  /**
   * Node checks no name again where a session is resumed, so only those of a peer that passed the check are kept. With one
   * that failed the next attempt makes a new one.
   */
  #keepSessions(socket: TLSSocket, host: string): void {
    let latest: Buffer | undefined;
    let secure = false;
    socket.on("session", (session) => {
      latest = session;
      if (secure) this.#keep(host, session);
    });
    socket.once("secureConnect", () => {
      // Without: nobody was checked, by `rejectUnauthorized` or by the environment.
      if (!socket.authorized) return;
      secure = true;
      if (latest !== undefined) this.#keep(host, latest);
    });
    // Before the attempt is told as failed: what is tried again at once must not meet the session either.
    socket.once("error", () => {
      this.#sessions.delete(host);
    });
  }

  #keep(host: string, session: Buffer): void {
    this.#sessions.delete(host);
    this.#sessions.set(host, session);
    const [oldest] = this.#sessions.keys();
    if (oldest !== undefined && this.#sessions.size > mostHosts) this.#sessions.delete(oldest);
  }
}

import { isIP, connect as netConnect, type Socket, type TcpNetConnectOpts } from "node:net";
import { type ConnectionOptions, connect as tlsConnect } from "node:tls";
import type { OpenRequest, TlsOptions } from "@outsock/core";
import { checkedLookup, isAllowed } from "./checked-lookup.ts";
import { nodeTls } from "./node-tls.ts";
import { forbiddenAddress, tlsFailed } from "./ws-error.ts";

/** How far the way to the peer has come; it tells what a failure was a failure of. */
export type DiallingStage = "connecting" | "securing" | "handshaking";

/** Makes the socket that ws is given, so that addresses can be checked and failures told apart. */
export class Dialling {
  stage: DiallingStage = "connecting";
  readonly #secure: boolean;
  readonly #target: TcpNetConnectOpts;
  readonly #tls: ConnectionOptions;

  /** Throws URL_FORBIDDEN for a literal address that is not allowed: it is never looked up. */
  constructor({ url, allowAddress }: OpenRequest, tls: TlsOptions) {
    const { protocol, hostname, port } = new URL(url);
    const host = hostname.startsWith("[") ? hostname.slice(1, -1) : hostname;
    const literal = isIP(host) !== 0;
    if (literal && allowAddress !== undefined && !isAllowed(allowAddress, host)) throw forbiddenAddress();
    this.#secure = protocol === "wss:";
    const lookup = allowAddress === undefined ? {} : { lookup: checkedLookup(allowAddress) };
    this.#target = { host, port: Number(port || (this.#secure ? 443 : 80)), ...lookup };
    this.#tls = { ...(literal ? {} : { servername: host }), ...nodeTls(tls) };
  }

  start(): Socket {
    const socket = this.#secure ? this.#startTls() : this.#startTcp();
    // ws ends its side when nothing more is due: both Close frames passed, or the peer broke the protocol. A peer
    // that does not end its own side is not waited for.
    return socket.once("finish", () => socket.destroy());
  }

  #startTcp(): Socket {
    return netConnect(this.#target, () => this.#reached("handshaking"));
  }

  #startTls(): Socket {
    try {
      const socket = tlsConnect({ ...this.#tls, ...this.#target }, () => this.#reached("handshaking"));
      return socket.once("connect", () => this.#reached("securing"));
    } catch (error) {
      throw tlsFailed(error);
    }
  }

  #reached(stage: DiallingStage): void {
    this.stage = stage;
  }
}

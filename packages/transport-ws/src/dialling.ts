import { isIP, connect as netConnect, type Socket, type TcpNetConnectOpts } from "node:net";
import type { OpenRequest } from "@outsock/core";
import { checkedLookup, isAllowed } from "./checked-lookup.ts";
import type { Dialler } from "./dialler.ts";
import { forbiddenAddress } from "./ws-error.ts";

/** How far the way to the peer has come; it tells what a failure was a failure of. */
export type DiallingStage = "connecting" | "securing" | "handshaking";

/** Makes the socket that ws is given, so that addresses can be checked and failures told apart. */
export class Dialling {
  stage: DiallingStage = "connecting";
  readonly #dialler: Dialler;
  readonly #secure: boolean;
  readonly #target: TcpNetConnectOpts;
  readonly #servername: string;
  #socket: Socket | undefined;

  /** Throws URL_FORBIDDEN for a literal address that is not allowed: it is never looked up. */
  constructor(dialler: Dialler, { url, allowAddress }: OpenRequest) {
    const { protocol, hostname, port } = new URL(url);
    const host = hostname.startsWith("[") ? hostname.slice(1, -1) : hostname;
    const literal = isIP(host) !== 0;
    if (literal && allowAddress !== undefined && !isAllowed(allowAddress, host)) throw forbiddenAddress();
    const cached = dialler.lookupCache?.lookup;
    const lookup = allowAddress === undefined ? cached : checkedLookup(allowAddress, cached);
    this.#dialler = dialler;
    this.#secure = protocol === "wss:";
    this.#target = {
      host,
      port: Number(port || (this.#secure ? 443 : 80)),
      ...(lookup !== undefined && { lookup }),
    };
    this.#servername = literal ? "" : host;
  }

  /** The socket that ws was given. */
  opened(): Socket {
    if (this.#socket === undefined) throw new Error("ws made a socket of its own");
    return this.#socket;
  }

  start(): Socket {
    const socket = this.#secure ? this.#startTls() : this.#startTcp();
    this.#socket = socket;
    // ws ends its side when nothing more is due: both Close frames passed, or the peer broke the protocol. A peer
    // that does not end its own side is not waited for.
    return socket.on("finish", destroy);
  }

  /** After the attempt failed. */
  failed(): void {
    if (this.stage === "connecting") this.#dialler.lookupCache?.forget(this.#target.host ?? "");
  }

  #startTcp(): Socket {
    return netConnect(this.#target, () => this.#reached("handshaking"));
  }

  #startTls(): Socket {
    const target = { ...this.#target, ...(this.#servername !== "" && { servername: this.#servername }) };
    const socket = this.#dialler.tls.connect(target, () => this.#reached("handshaking"));
    return socket.once("connect", () => this.#reached("securing"));
  }

  #reached(stage: DiallingStage): void {
    this.stage = stage;
  }
}

function destroy(this: Socket): void {
  this.destroy();
}

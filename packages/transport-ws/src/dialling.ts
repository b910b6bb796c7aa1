import { isIP, connect as netConnect, Socket } from "node:net";
import { connect as tlsConnect } from "node:tls";
import type { OpenRequest } from "@outsock/core";
import { checkedLookup, isAllowed } from "./checked-lookup.ts";
import { forbiddenAddress, tlsFailed } from "./ws-error.ts";
import type { WsTlsOptions } from "./ws-transport.ts";

/** How far the way to the peer has come; it tells what a failure was a failure of. */
export type DiallingStage = "connecting" | "securing" | "handshaking";

/** The socket that ws is given: made here, so that addresses can be checked and failures told apart. */
export class Dialling {
  stage: DiallingStage = "connecting";
  readonly #request: OpenRequest;
  readonly #tls: WsTlsOptions;
  #socket: Socket | undefined;

  constructor(request: OpenRequest, tls: WsTlsOptions) {
    this.#request = request;
    this.#tls = tls;
  }

  /** The socket, once ws asked for it. */
  get socket(): Socket {
    this.#socket ??= new Socket();
    return this.#socket;
  }

  start(): Socket {
    const url = new URL(this.#request.url);
    const secure = url.protocol === "wss:";
    const host = url.hostname.startsWith("[") ? url.hostname.slice(1, -1) : url.hostname;
    const { allowAddress } = this.#request;
    // Literal addresses are never looked up, so lookup alone would let them pass.
    if (allowAddress !== undefined && isIP(host) !== 0 && !isAllowed(allowAddress, host))
      throw forbiddenAddress();
    const lookup = allowAddress === undefined ? {} : { lookup: checkedLookup(allowAddress) };
    const target = { host, port: Number(url.port || (secure ? 443 : 80)), ...lookup };
    this.#socket = secure ? this.#startTls(target) : this.#startTcp(target);
    return this.#socket;
  }

  #startTcp(target: { host: string; port: number }): Socket {
    return netConnect(target, () => this.#reached("handshaking"));
  }

  #startTls(target: { host: string; port: number }): Socket {
    const { host } = target;
    const name = isIP(host) === 0 ? { servername: host } : {};
    try {
      return tlsConnect({ ...target, ...name, ...this.#tls }, () => this.#reached("handshaking")).once(
        "connect",
        () => this.#reached("securing"),
      );
    } catch (error) {
      throw tlsFailed(error);
    }
  }

  #reached(stage: DiallingStage): void {
    this.stage = stage;
  }
}

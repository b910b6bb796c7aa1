import { isIP, connect as netConnect, type Socket, type TcpNetConnectOpts } from "node:net";
import type { OpenRequest, TlsOptions, TransportError } from "@outsock/core";
import { type DialStage, openAborted } from "./dial-error.ts";
import type { CachedLookup } from "./lookup/cached-lookup.ts";
import { type AllowAddress, checkedLookup, checkLiteral } from "./lookup/checked-lookup.ts";
import { TlsClient } from "./tls/tls-client.ts";

export interface DialerOptions {
  readonly tls?: TlsOptions | undefined;
  /** Default: every dial asks the system. */
  readonly lookupCache?: CachedLookup | undefined;
  /** Protocols to offer in TLS (ALPN). Default: none. */
  readonly alpn?: string[];
}

/** The part of `OpenRequest` that a dial depends on. */
export interface DialRequest {
  readonly url: string;
  readonly allowAddress?: AllowAddress;
}

/** Opens the sockets of one transport, which share TLS sessions and cached addresses. */
export class Dialer {
  readonly tls: TlsClient;
  readonly lookupCache: CachedLookup | undefined;
  readonly alpn: string[] | undefined;

  constructor({ tls = {}, lookupCache, alpn }: DialerOptions) {
    this.tls = new TlsClient(tls);
    this.lookupCache = lookupCache;
    this.alpn = alpn;
  }

  /** Throws URL_FORBIDDEN for a literal address that is not allowed. */
  dial(request: DialRequest): Dial {
    return new Dial(this, request);
  }
}

/** One socket to open: checked when it is made, connected when the library above asks for it. */
export class Dial {
  #stage: DialStage = "connecting";
  #socket: Socket | undefined;
  readonly #dialer: Dialer;
  readonly #isSecure: boolean;
  readonly #target: TcpNetConnectOpts & { readonly host: string };

  constructor(dialer: Dialer, { url, allowAddress }: DialRequest) {
    const { protocol, hostname, port } = new URL(url);
    const host = hostname.replace(/^\[|\]$/g, "");
    if (allowAddress) checkLiteral(host, allowAddress);
    const cached = dialer.lookupCache?.lookup;
    const lookup = allowAddress ? checkedLookup(allowAddress, cached) : cached;
    this.#dialer = dialer;
    this.#isSecure = protocol === "wss:";
    this.#target = { host, port: Number(port || (this.#isSecure ? 443 : 80)), ...(lookup && { lookup }) };
  }

  get stage(): DialStage {
    return this.#stage;
  }

  /** Once `connect` was called. */
  get socket(): Socket | undefined {
    return this.#socket;
  }

  /**
   * Starts to connect; `connected` is called after the TLS handshake where there is one. `servername` is the name to ask
   * for and to check, by default the URL's host.
   */
  connect(connected?: (socket: Socket) => void, servername?: string): Socket {
    const socket = this.#isSecure ? this.#connectTls(servername) : netConnect(this.#target);
    this.#socket = socket;
    socket.once(this.#isSecure ? "secureConnect" : "connect", () => {
      this.#stage = "connected";
      connected?.(socket);
    });
    return socket;
  }

  /** To be called when the attempt has failed: a name that could not be connected to is looked up again. */
  failed(): void {
    if (this.#stage === "connecting") this.#dialer.lookupCache?.forget(this.#target.host);
  }

  #connectTls(servername: string | undefined): Socket {
    const { tls, alpn } = this.#dialer;
    const { host } = this.#target;
    const socket = tls.connect({
      ...this.#target,
      // An IP literal is not sent as a server name (RFC 6066 section 3); Node checks the certificate against the host then.
      servername: servername || (isIP(host) === 0 ? host : ""),
      ...(alpn && { ALPNProtocols: alpn }),
    });
    return socket.once("connect", () => {
      this.#stage = "securing";
    });
  }
}

/** One attempt to open a channel. It ends once; aborting the request fails it, and afterwards its signal is not listened to. */
export class OpenAttempt {
  #isOver = false;
  readonly #signal: OpenRequest["signal"];
  readonly #failed: (error: TransportError) => void;

  /** `failed` rejects the call and leaves nothing open. */
  constructor(signal: OpenRequest["signal"], failed: (error: TransportError) => void) {
    this.#signal = signal;
    this.#failed = failed;
    signal.addEventListener("abort", this.#abort);
  }

  /** For an attempt that succeeds. False if it has ended already. */
  end(): boolean {
    if (this.#isOver) return false;
    this.#isOver = true;
    this.#signal.removeEventListener("abort", this.#abort);
    return true;
  }

  fail(error: TransportError): void {
    if (this.end()) this.#failed(error);
  }

  readonly #abort = (): void => this.fail(openAborted());
}

import { connect, isIP, type Socket } from "node:net";
import type { ConnectionOptions } from "node:tls";
import type { TlsOptions } from "@outsock/core";
import type { DialStage } from "./dial-error.ts";
import type { LookupCache } from "./lookup/cached-lookup.ts";
import { type AllowAddress, checkAddress, checkedLookup } from "./lookup/checked-lookup.ts";
import { tlsConnector } from "./tls/tls-client.ts";

/** The part of core's `OpenRequest` that a dial depends on. */
export interface DialRequest {
  readonly url: string;
  readonly allowAddress?: AllowAddress;
}

/** Opens the sockets of one transport, which share TLS sessions and cached addresses. */
export interface Dialer {
  /** Throws URL_FORBIDDEN for a literal address that is not allowed. */
  dial(request: DialRequest): Dial;
}

/** One socket to open: checked when it is made, connected when the library above asks for it. */
export interface Dial {
  readonly stage: DialStage;
  /** Once `connect` was called. */
  readonly socket: Socket | undefined;
  /**
   * Starts to connect; `connected` is called after the TLS handshake where there is one. `tlsOptions` are what this dial
   * adds to the transport's: by default no ALPN, and the URL's host is the name to ask for and to check.
   */
  connect(connected?: (socket: Socket) => void, tlsOptions?: ConnectionOptions): Socket;
  /** To be called when the attempt has failed: a name that could not be connected to is looked up again. */
  failed(): void;
}

/** Without a cache every dial asks the system for addresses. */
export function createDialer(tls: TlsOptions = {}, cache?: LookupCache): Dialer {
  const connectTls = tlsConnector(tls);
  return {
    dial({ url, allowAddress }) {
      const { protocol, hostname, port } = new URL(url);
      const isSecure = protocol === "wss:";
      const host = hostname.replace(/^\[|\]$/g, "");
      const isName = isIP(host) === 0;
      // A literal is never looked up.
      if (allowAddress && !isName) checkAddress(allowAddress, host);
      const lookup = cache || allowAddress ? checkedLookup(allowAddress, cache?.find) : undefined;
      const target = { host, port: Number(port || (isSecure ? 443 : 80)), lookup };
      let stage: DialStage = "connecting";
      let socket: Socket | undefined;
      return {
        get stage() {
          return stage;
        },
        get socket() {
          return socket;
        },
        connect(connected, tlsOptions) {
          // An IP literal is not sent as a server name (RFC 6066 section 3); Node checks the certificate against the host then.
          const servername = isName ? host : "";
          const opening = isSecure ? connectTls({ ...target, servername, ...tlsOptions }) : connect(target);
          socket = opening;
          opening.once("connect", () => {
            stage = "securing";
          });
          return opening.once(isSecure ? "secureConnect" : "connect", () => {
            stage = "connected";
            connected?.(opening);
          });
        },
        failed() {
          if (stage === "connecting") cache?.forget(host);
        },
      };
    },
  };
}

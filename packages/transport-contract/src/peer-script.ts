/** How the peer answers the opening handshake. */
export type PeerHandshake =
  /** 101. `protocol` is the subprotocol that the answer names; without, it names none. */
  | { readonly type: "accept"; readonly protocol?: string }
  /** An HTTP answer that is no upgrade. Retry-After and Location are ordinary headers. */
  | { readonly type: "reject"; readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  /** The request is read and nothing is answered. */
  | { readonly type: "stall" }
  /** Network only: the connection ends without an answer, by FIN or by RST. */
  | { readonly type: "hang-up"; readonly how: "end" | "reset" }
  /** Network only: these bytes instead of an HTTP answer. */
  | { readonly type: "raw"; readonly text: string }
  /** Network only: a 101 in which the named headers are replaced, or left out where the value is `null`. */
  | { readonly type: "spoilt"; readonly headers: Readonly<Record<string, string | null>> };

/** What the remote end does by itself. Everything else a scenario does by hand on its connections. */
export interface PeerScript {
  /** Default: `{ type: "accept" }`. */
  readonly handshake?: PeerHandshake;
  /** Messages that leave in the same packet as the 101. Default: none. */
  readonly greeting?: readonly (string | Uint8Array)[];
  /** Whether a Close frame is answered and the connection ended then, as RFC 6455 demands. Default: true. */
  readonly answersClose?: boolean;
  /** Whether a ping is answered. Default: true. */
  readonly answersPing?: boolean;
  /** Network only: keeps its TCP side open after the closing handshake and after a FIN. Default: false. */
  readonly lingers?: boolean;
  /**
   * Network only: TLS with a certificate of the test CA for this host, one that nobody signed, or one of the test
   * CA for another host. Default: no TLS.
   */
  readonly tls?: "trusted" | "self-signed" | "wrong-host";
}

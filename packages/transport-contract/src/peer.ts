/** One frame, or one message of several frames, as the peer received it. */
export type PeerFrame =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "binary"; readonly bytes: Uint8Array }
  | { readonly type: "ping" | "pong"; readonly bytes: Uint8Array }
  /** `code` is 1005 where the frame had none. */
  | { readonly type: "close"; readonly code: number; readonly reason: string }
  /** Something that RFC 6455 forbids a client to send. */
  | { readonly type: "fault"; readonly what: string };

/** The request of the opening handshake. */
export interface PeerRequest {
  /** Path and query. */
  readonly target: string;
  /** By lower-case name. The handshake's own headers are among them where there is a wire. */
  readonly headers: Readonly<Record<string, string>>;
  readonly protocols: readonly string[];
}

/** What can only be done where there is a wire. */
export interface PeerWire {
  /** Sends bytes as they are, framed or not. */
  raw(bytes: Uint8Array): void;
  /** Sends FIN. */
  end(): void;
  /** Sends RST. */
  reset(): void;
}

/** The remote end of one connection, from the moment its handshake request was read. */
export interface PeerConnection {
  readonly request: PeerRequest;
  /** The next frame not yet taken, in the order of arrival. Rejects when the connection ends without one. */
  nextFrame(): Promise<PeerFrame>;
  /** Resolves when the transport's end of the connection is gone: FIN, RST, or its match in memory. */
  readonly ended: Promise<void>;
  send(message: string | Uint8Array): void;
  ping(payload: Uint8Array): void;
  /** Sends a Close frame with any code, valid or not; without a code an empty one. */
  close(code?: number, reason?: string): void;
  /** Ends the connection without a Close frame. */
  drop(): void;
  /** Bytes sent that the transport's side has not yet taken. */
  readonly unsentBytes: number;
  stopReading(): void;
  resumeReading(): void;
  /** Absent where nothing goes over a network. */
  readonly wire?: PeerWire;
}

/** A remote end that accepts connections and follows its script. */
export interface Peer {
  /** Where to dial: ws: or wss:, an IP literal for a host, a port of its own, no path. */
  readonly url: string;
  /** The certificate authority behind `tls`, PEM; absent without TLS. */
  readonly ca?: string;
  /** Connections (on a network: TCP connections) that have reached this peer so far. */
  readonly connectionCount: number;
  /** The next connection not yet taken. It is there once its request was read, answered or not. */
  nextConnection(): Promise<PeerConnection>;
  /** A URL of the same kind where nobody listens, until this peer is closed. */
  unusedUrl(): Promise<string>;
  /** Ends every connection and stops listening. */
  close(): Promise<void>;
}

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

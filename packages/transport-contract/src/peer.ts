/** One frame, or one message of several frames, as the peer received it. */
export type PeerFrame =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "binary"; readonly bytes: Uint8Array }
  | { readonly type: "ping" | "pong"; readonly bytes: Uint8Array }
  /** `code` is 1005 where the frame had none. */
  | { readonly type: "close"; readonly code: number; readonly reason: string }
  /** A violation of RFC 6455 by the client. */
  | { readonly type: "fault"; readonly what: string };

/** The request of the opening handshake. */
export interface PeerRequest {
  /** Path and query. */
  readonly target: string;
  /** By lower-case name. On a network they include the handshake's own headers. */
  readonly headers: Readonly<Record<string, string>>;
  readonly protocols: readonly string[];
}

/** Operations below the level of frames. */
export interface PeerWire {
  /** Sends bytes as they are, framed or not. */
  raw(bytes: Uint8Array): void;
  /** Sends FIN. */
  end(): void;
  /** Sends RST. */
  reset(): void;
}

/** The remote end of one connection, once its handshake request has been read. */
export interface PeerConnection {
  readonly request: PeerRequest;
  /** The next frame not yet taken, in the order of arrival. Rejects when the connection ends without one. */
  nextFrame(): Promise<PeerFrame>;
  /** Resolves when the transport has ended the connection: by FIN, by RST, or by their equivalent in memory. */
  readonly ended: Promise<void>;
  send(message: string | Uint8Array): void;
  ping(payload: Uint8Array): void;
  /** Sends a Close frame with any code, valid or not; without a code an empty one. */
  close(code?: number, reason?: string): void;
  /** Ends the connection without a Close frame. */
  drop(): void;
  /** Bytes sent that the transport's side has not read yet. */
  readonly unsentBytes: number;
  stopReading(): void;
  resumeReading(): void;
  /** Absent without a network. */
  readonly wire?: PeerWire;
}

/** A remote end that accepts connections and follows its script. */
export interface Peer {
  /** Where to dial: ws: or wss:, with an IP literal as host, its own port, and no path. */
  readonly url: string;
  /** The certificate authority behind `tls`, PEM; absent without TLS. */
  readonly ca?: string;
  /** Connections (on a network: TCP connections) that have reached this peer so far. */
  readonly connectionCount: number;
  /** The next connection not yet taken. It is available once its request has been read, answered or not. */
  nextConnection(): Promise<PeerConnection>;
  /** A URL of the same kind that refuses connections until this peer is closed. */
  unusedUrl(): Promise<string>;
  /** Ends every connection and stops listening. */
  close(): Promise<void>;
}

/** How the peer answers the opening handshake. */
export type PeerHandshake =
  /** 101. `protocol` is the chosen subprotocol; without it, none is chosen. */
  | { readonly type: "accept"; readonly protocol?: string }
  /** An HTTP answer other than an upgrade. Retry-After and Location are ordinary headers. */
  | { readonly type: "reject"; readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  /** The request is read and not answered. */
  | { readonly type: "stall" }
  /** Network only: the connection ends without an answer, by FIN or by RST. */
  | { readonly type: "hang-up"; readonly how: "end" | "reset" }
  /** Network only: these bytes instead of an HTTP answer. */
  | { readonly type: "raw"; readonly text: string }
  /** Network only: a 101 in which these headers are replaced, or left out if the value is `null`. */
  | { readonly type: "spoilt"; readonly headers: Readonly<Record<string, string | null>> };

/** What the remote end does automatically. Scenarios control everything else through its connections. */
export interface PeerScript {
  /** Default: `{ type: "accept" }`. */
  readonly handshake?: PeerHandshake;
  /** Messages that are sent in the same packet as the 101. Default: none. */
  readonly greeting?: readonly (string | Uint8Array)[];
  /** Whether a Close frame is answered and the connection is then ended, as RFC 6455 requires. Default: true. */
  readonly answersClose?: boolean;
  /** Whether a ping is answered. Default: true. */
  readonly answersPing?: boolean;
  /** Network only: keeps its TCP side open after the closing handshake and after a FIN. Default: false. */
  readonly lingers?: boolean;
  /**
   * Network only: TLS with a certificate of the test CA for this host, a self-signed one, or one of the test
   * CA for another host. Default: no TLS.
   */
  readonly tls?: "trusted" | "self-signed" | "wrong-host";
}

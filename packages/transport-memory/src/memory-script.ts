/** How a listener answers connections. */
export interface MemoryScript {
  /**
   * Called for every connection, before it is answered: messages sent here arrive together with the handshake.
   * If it throws, the open fails with CONNECT_FAILED and the error as its cause.
   */
  readonly onConnection?: (peer: MemoryPeer) => void;
  /** Refuses every handshake with this HTTP status. */
  readonly reject?: { readonly status: number; readonly retryAfterMs?: number };
  /** The chosen subprotocol. Default: none. */
  readonly protocol?: string;
  /** Never answers the handshake. Default: false. */
  readonly stall?: boolean;
  /** Whether a Close frame is answered. Default: true. */
  readonly answersClose?: boolean;
  /** Whether a ping is answered. Default: true. */
  readonly answersPing?: boolean;
}

/** How the dialling side closed: the code and reason of its Close frame, or 1006 without one. */
export interface MemoryClose {
  readonly code: number;
  readonly reason: string;
}

/** The remote end of one connection, controlled by a listener's script. */
export interface MemoryPeer {
  /** The URL that was dialled, query included. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The offered subprotocols. */
  readonly protocols: readonly string[];
  /** Sends a string as text, bytes as binary. Has no effect once closed. */
  send(message: string | Uint8Array): void;
  ping(payload?: Uint8Array): void;
  /** Sends a Close frame; an empty one without a code. */
  close(code?: number, reason?: string): void;
  /** Ends the connection without a Close frame, after the messages sent: the channel closes with 1006. */
  drop(): void;
  /** Stops reading: the channel's `bufferedAmount` grows. */
  hold(): void;
  /** Resumes reading. */
  release(): void;
  /** Bytes sent that a paused channel has not read. */
  readonly unsentBytes: number;
  /** Resolves when the dialling side has closed, terminated or aborted the connection. */
  readonly ended: Promise<void>;
  /** Sets the message listener. There is one listener per event: a second call replaces the first. */
  onMessage(listener: (message: string | Uint8Array) => void): void;
  onPing(listener: (payload: Uint8Array) => void): void;
  onPong(listener: (payload: Uint8Array) => void): void;
  /** Sets the listener that is called once when the dialling side has closed. */
  onClose(listener: (close: MemoryClose) => void): void;
}

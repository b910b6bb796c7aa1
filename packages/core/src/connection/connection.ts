import { isObject } from "../values.ts";
import type { ConnectionState, ManagedConnection } from "./managed-connection.ts";
import { MessageIterator } from "./message-iterator.ts";

/**
 * An open socket as its caller holds it. Iterating takes the messages that arrive, decoded, until a clean close
 * (1000, 1001 or none given, RFC 6455 section 7.4.1); any other end throws the OutsockError. Leaving the loop does not
 * close the connection, `await using` does. Iteration is not an operation: it does not ask the rate limiter.
 */
export interface Connection extends AsyncIterable<unknown>, AsyncDisposable {
  readonly id: string;
  /** Redacted: no userinfo, no query. */
  readonly url: string;
  /** The subprotocol that the peer chose; "" when it chose none. */
  readonly protocol: string;
  readonly state: ConnectionState;
  /** Bytes sent that have not left this process. */
  readonly bufferedBytes: number;
  /**
   * Waits until everything that was sent has left this process: for use after BACKPRESSURE. Resolves at once where nothing waits,
   * and when the connection ends; never rejects.
   */
  drained(): Promise<void>;
  toJSON(): ConnectionSummary;
}

interface ConnectionSummary {
  readonly id: string;
  readonly url: string;
  readonly protocol: string;
  readonly state: ConnectionState;
}

/** Shows what is public and hides what the transport calls. */
export class ConnectionHandle implements Connection {
  readonly #managed: ManagedConnection;

  constructor(managed: ManagedConnection) {
    this.#managed = managed;
  }

  /** What is behind a handle; nothing behind what only looks like one, such as a proxy. */
  static managed(handle: unknown): ManagedConnection | undefined {
    return isObject(handle) && #managed in handle ? handle.#managed : undefined;
  }

  get id(): string {
    return this.#managed.id;
  }
  get url(): string {
    return this.#managed.url;
  }
  get protocol(): string {
    return this.#managed.protocol;
  }
  get state(): ConnectionState {
    return this.#managed.state;
  }
  get bufferedBytes(): number {
    return this.#managed.bufferedBytes;
  }

  drained(): Promise<void> {
    return this.#managed.drained();
  }

  [Symbol.asyncIterator](): AsyncIterator<unknown> {
    return new MessageIterator(this.#managed);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#managed.host.release(this.#managed);
  }

  toJSON(): ConnectionSummary {
    const { id, url, protocol, state } = this.#managed;
    return { id, url, protocol, state };
  }
}

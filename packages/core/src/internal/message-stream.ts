import { type CloseFailure, describeCloseFailure } from "../connection/close-failure.ts";
import { decode } from "../connection/decode.ts";
import type { Waiter } from "../connection/inbox.ts";
import type { ManagedConnection } from "../connection/managed-connection.ts";
import { close } from "../operations/close.ts";
import type { ManagerContext } from "../operations/context.ts";
import type { Operation } from "../operations/operation.ts";
import { type Encoded, encode, rejectionFailure, type SendRejection, trySend } from "../operations/send.ts";
import type { ChannelClose, IncomingMessage } from "../ports/channel.ts";
import { TransportError } from "../ports/transport-error.ts";
import type { Failure } from "../result.ts";

/** Who takes a connection's messages as they come. Nothing here may throw. */
export interface MessageListener {
  /** A message, decoded. */
  message(message: unknown): void;
  /** A message that the codec could not read. */
  unreadable(): void;
  pong(): void;
  /** Once, last. */
  closed(): void;
}

/** A connection below the manager's operations: messages are pushed, sending answers at once, pings go out. */
export class MessageStream {
  readonly #context: ManagerContext;
  readonly #connection: ManagedConnection;

  constructor(context: ManagerContext, connection: ManagedConnection) {
    this.#context = context;
    this.#connection = connection;
  }

  get id(): string {
    return this.#connection.id;
  }
  get url(): string {
    return this.#connection.url;
  }
  /** How it ended, in the words of an operation's failure. */
  get failure(): CloseFailure {
    return describeCloseFailure(this.#connection);
  }

  /** From now on every message goes to the listener, what came before first. */
  listen(listener: MessageListener): void {
    const connection = this.#connection;
    const tap = new StreamReader(connection, listener);
    connection.onPong = () => listener.pong();
    for (let message = connection.take(); message !== undefined; message = connection.take())
      tap.pass(message);
    connection.wait(tap);
    connection.whenClosed(() => listener.closed());
  }

  /** The payload of the message that `make` answers, which may throw as the codec may. */
  encode(operation: Operation, make: () => unknown): Encoded {
    const { codec } = this.#connection;
    return encode(operation, { encode: () => codec.encode(make()) }, undefined);
  }

  /** Hands a payload of an operation to the open socket; undefined when it was taken. */
  give(payload: string | Uint8Array, correlationId: string): SendRejection | undefined {
    const rejection = trySend(this.#context, this.#connection, payload, correlationId);
    return rejection?.why === "failed" && isClosed(rejection.error) ? { why: "closed" } : rejection;
  }

  /** What an operation fails with whose payload was not taken. */
  rejection(operation: Operation, rejection: SendRejection): Failure {
    return rejectionFailure(this.#context, operation, this.#connection, rejection);
  }

  /** Sends a message that belongs to no operation. False when it could not be encoded or was not taken. */
  write(message: unknown): boolean {
    try {
      const payload = this.#connection.codec.encode(message);
      return this.give(payload, this.#connection.id) === undefined;
    } catch {
      return false;
    }
  }

  ping(): void {
    this.#connection.sendable?.ping();
  }

  pause(): void {
    this.#connection.pauseReading();
  }

  resume(): void {
    this.#connection.resumeReading();
  }

  /**
   * Closing handshake, then destruction, then giving up: bounded by `timeoutMs`, 0 destroys at once. Never refused. With a
   * reason no layer keeps the connection for somebody else.
   */
  close(timeoutMs: number, reason: string): Promise<ChannelClose | undefined> {
    return close(this.#context, this.#connection, { code: 1000, reason, timeoutMs });
  }
}

function isClosed(error: unknown): boolean {
  return TransportError.is(error) && error.code === "CONNECTION_CLOSED";
}

/** Waits for every message of a connection. How it ends, `whenClosed` tells. */
class StreamReader implements Waiter {
  next: Waiter | null = null;
  previous: Waiter | null = null;
  waiting = false;
  readonly #connection: ManagedConnection;
  readonly #listener: MessageListener;

  constructor(connection: ManagedConnection, listener: MessageListener) {
    this.#connection = connection;
    this.#listener = listener;
  }

  deliver(message: IncomingMessage): boolean {
    try {
      this.pass(message);
    } finally {
      // A listener that throws after all must not make the connection deaf.
      if (this.#connection.end === undefined) this.#connection.wait(this);
    }
    return true;
  }

  end(): void {}

  pass(message: IncomingMessage): void {
    this.#connection.host.received(this.#connection, message);
    let decoded: unknown;
    try {
      decoded = decode(this.#connection, message);
    } catch {
      this.#listener.unreadable();
      return;
    }
    this.#listener.message(decoded);
  }
}

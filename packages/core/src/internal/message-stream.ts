import { decodeMessage } from "../codec.ts";
import { type CloseFailure, describeCloseFailure } from "../connection/close-failure.ts";
import type { Waiter } from "../connection/inbox.ts";
import type { ManagedConnection } from "../connection/managed-connection.ts";
import { endConnection } from "../operations/close.ts";
import type { Operation } from "../operations/operation.ts";
import {
  encodeMessage,
  isClosing,
  type Payload,
  rejectionFailure,
  type SendRejection,
  trySend,
} from "../operations/send.ts";
import type { ChannelClose, IncomingMessage } from "../ports/channel.ts";
import type { Failure } from "../result.ts";

/** Takes a connection's messages as they arrive. Nothing here may throw. */
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
export class MessageStream implements Waiter {
  readonly #connection: ManagedConnection;
  #listener: MessageListener | undefined;

  constructor(connection: ManagedConnection) {
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
    const { details, ...failure } = describeCloseFailure(this.#connection);
    return { ...failure, details: { ...details, url: this.url } };
  }

  /** From now on every message goes to the listener, those that arrived before first. */
  listen(listener: MessageListener): void {
    const connection = this.#connection;
    this.#listener = listener;
    connection.whenPong(() => listener.pong());
    for (let message = connection.take(); message !== undefined; message = connection.take())
      this.#pass(message, listener);
    connection.inbox.wait(this);
    connection.whenClosed(() => listener.closed());
  }

  /** The payload of the message that `make` answers, which may throw as the codec may. */
  encode(operation: Operation, make: () => unknown): Payload | Failure {
    const { codec } = this.#connection;
    return encodeMessage(operation, { encode: () => codec.encode(make()) }, undefined);
  }

  /** Gives a payload of an operation to the open socket; undefined when the socket took it. */
  trySend(payload: Payload, correlationId: string): SendRejection | undefined {
    const rejection = trySend(this.#connection, payload, correlationId);
    return rejection !== undefined && isClosing(rejection) ? { why: "closed" } : rejection;
  }

  /** The failure of an operation whose payload the socket did not take. */
  rejectionFailure(operation: Operation, rejection: SendRejection): Failure {
    return rejectionFailure(operation, this.#connection, rejection);
  }

  /** Sends a message that belongs to no operation. False when it could not be encoded or the socket did not take it. */
  write(message: unknown): boolean {
    try {
      const payload = this.#connection.codec.encode(message);
      return this.trySend(payload, this.#connection.id) === undefined;
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
   * reason no layer keeps the connection for another open.
   */
  close(timeoutMs: number, reason: string): Promise<ChannelClose | undefined> {
    return endConnection(this.#connection, { code: 1000, reason, timeoutMs });
  }

  deliver(message: IncomingMessage | undefined): boolean {
    // `whenClosed` reports how the connection ends.
    if (message === undefined) return true;
    try {
      if (this.#listener !== undefined) this.#pass(message, this.#listener);
    } finally {
      // A listener that throws after all must not make the connection deaf.
      if (this.#connection.end === undefined) this.#connection.inbox.wait(this);
    }
    return true;
  }

  #pass(message: IncomingMessage, listener: MessageListener): void {
    this.#connection.host.recorder.messageReceived(this.#connection, message, undefined);
    let decoded: unknown;
    try {
      decoded = decodeMessage(this.#connection.codec, message);
    } catch {
      listener.unreadable();
      return;
    }
    listener.message(decoded);
  }
}

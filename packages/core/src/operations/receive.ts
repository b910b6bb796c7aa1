import { synchronous } from "../adapter/promise-like.ts";
import { decodeMessage } from "../codec.ts";
import { type CloseFailure, describeCloseFailure, describeUnreadable } from "../connection/close-failure.ts";
import type { Waiter } from "../connection/inbox.ts";
import type { ManagedConnection } from "../connection/managed-connection.ts";
import type { Sent } from "../errors.ts";
import type { IncomingMessage } from "../ports/channel.ts";
import type { Result } from "../result.ts";
import type { ResponseData } from "../web-socket-manager.ts";
import type { Operation } from "./operation.ts";
import { type Interruption, PendingOperation } from "./pending-operation.ts";

export interface ReceivingOptions {
  /** From the operation's start. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  readonly match?: ((message: unknown) => unknown) | undefined;
  /** Of the operation's own message: "no" for a receive, which has none. */
  readonly sent: Sent;
}

/** Takes the next message, or the first that matches. A receive that times out or is aborted takes nothing. */
export function receive(
  operation: Operation,
  connection: ManagedConnection,
  options: ReceivingOptions,
): Result<ResponseData> | Promise<Result<ResponseData>> {
  const receiving = new Receiving(operation, connection, options);
  for (let message = connection.take(); message !== undefined; message = connection.take()) {
    const result = receiving.judge(message);
    if (result !== undefined) return result;
  }
  if (connection.end !== undefined) return receiving.ended();
  if (options.timeoutMs === 0 && !options.signal?.aborted) return receiving.interrupted("timeout");
  return receiving.waitForMessage();
}

class Receiving extends PendingOperation<Result<ResponseData>> implements Waiter {
  readonly #connection: ManagedConnection;
  readonly #options: ReceivingOptions;
  #unreadable = 0;

  constructor(operation: Operation, connection: ManagedConnection, options: ReceivingOptions) {
    super(connection.host, operation, options.signal);
    this.#connection = connection;
    this.#options = options;
  }

  waitForMessage(): Promise<Result<ResponseData>> {
    const result = this.wait(this.#options.timeoutMs);
    if (!this.settled) this.#connection.inbox.wait(this);
    return result;
  }

  /** After a freeze a message can come before the late timer: it is the deadline that counts. */
  deliver(message: IncomingMessage | undefined): boolean {
    if (message === undefined) {
      this.settle(() => this.ended());
      return true;
    }
    if (this.#connection.host.recorder.now() >= this.atMs) {
      this.expire();
      return false;
    }
    const result = this.judge(message);
    if (result !== undefined) this.settle(() => result);
    else if (!this.settled) this.#connection.inbox.wait(this);
    return true;
  }

  /** The result this message makes; undefined when it is not the one waited for. */
  judge(message: IncomingMessage): Result<ResponseData> | undefined {
    const connection = this.#connection;
    const { match } = this.#options;
    const { correlationId } = this.operation;
    connection.host.recorder.messageReceived(connection, message, correlationId);
    let response: unknown;
    try {
      response = decodeMessage(connection.codec, message);
    } catch (cause) {
      if (match === undefined) return this.#fail(describeUnreadable(connection, message, cause));
      this.#unreadable += 1;
      return undefined;
    }
    try {
      if (match !== undefined && !synchronous("match", match(response))) return undefined;
    } catch (cause) {
      const failure = "match threw, or answered with a promise, while it looked at a message";
      return this.#fail({ code: "PARSE_FAILED", message: failure, details: { url: connection.url, cause } });
    }
    // match may have aborted the operation that it was asked for.
    return this.settled ? undefined : this.operation.succeed({ response, correlationId });
  }

  ended(): Result<ResponseData> {
    const failure = describeCloseFailure(this.#connection);
    return this.#fail({ ...failure, message: failure.message + this.#passedOver });
  }

  interrupted(by: Interruption): Result<ResponseData> {
    this.#connection.inbox.stopWaiting(this);
    const { url } = this.#connection;
    if (by === "abort") {
      const cause = this.signal?.reason;
      const message = "The signal was aborted while waiting for a message";
      return this.#fail({ code: "ABORTED", message, details: { url, cause } });
    }
    const { match, timeoutMs } = this.#options;
    const what = match === undefined ? "message" : "message that matches";
    const message = `No ${what} within ${timeoutMs} ms${this.#passedOver}`;
    return this.#fail({ code: "RECEIVE_TIMEOUT", message, details: { url } });
  }

  /** Under `match`, what the codec could not read is no failure, but worth telling when nothing else came. */
  get #passedOver(): string {
    return this.#unreadable === 0 ? "" : `; ${this.#unreadable} came that the codec could not read`;
  }

  #fail({ code, message, details }: CloseFailure): Result<ResponseData> {
    return this.operation.fail(code, "receive", message, { ...details, sent: this.#options.sent });
  }
}

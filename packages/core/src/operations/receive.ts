import { failByAbort } from "../admission/refusals.ts";
import { decodeMessage } from "../codec.ts";
import { type CloseFailure, describeCloseFailure, describeUnreadable } from "../connection/close-failure.ts";
import type { Waiter } from "../connection/inbox.ts";
import type { ManagedConnection } from "../connection/managed-connection.ts";
import type { Sent } from "../errors.ts";
import type { IncomingMessage } from "../ports/channel.ts";
import type { Failure, Result } from "../result.ts";
import { synchronous } from "../values.ts";
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
  let unreadable = 0;
  for (let message = connection.take(); message !== undefined; message = connection.take()) {
    const result = judge(operation, connection, options, message);
    if (typeof result === "object") return result;
    if (result === "unreadable") unreadable += 1;
  }
  return new Receiving(operation, connection, options, unreadable).wait();
}

/** The result this message makes, or why it is not the one waited for. */
function judge(
  operation: Operation,
  connection: ManagedConnection,
  { match, sent }: ReceivingOptions,
  message: IncomingMessage,
): Result<ResponseData> | "unreadable" | "no match" {
  const { codec, host } = connection;
  const { correlationId } = operation;
  host.recorder.messageReceived(connection, message, correlationId);
  let response: unknown;
  try {
    response = decodeMessage(codec, message);
  } catch (cause) {
    if (match !== undefined) return "unreadable";
    return fail(operation, describeUnreadable(message, cause), sent);
  }
  try {
    if (match !== undefined && !synchronous("match", match(response))) return "no match";
  } catch (cause) {
    const failure = "match threw or answered with a promise";
    return operation.fail("PARSE_FAILED", "receive", failure, { sent, cause });
  }
  return operation.succeed({ response, correlationId });
}

class Receiving extends PendingOperation<Result<ResponseData>> implements Waiter {
  readonly #connection: ManagedConnection;
  readonly #options: ReceivingOptions;
  #unreadable: number;

  constructor(
    operation: Operation,
    connection: ManagedConnection,
    options: ReceivingOptions,
    unreadable: number,
  ) {
    super(connection.host, operation, options.signal);
    this.#connection = connection;
    this.#options = options;
    this.#unreadable = unreadable;
  }

  wait(): Result<ResponseData> | Promise<Result<ResponseData>> {
    const { inbox, end } = this.#connection;
    const { timeoutMs } = this.#options;
    if (end !== undefined) return this.#ended();
    if (timeoutMs === 0 && !this.signal?.aborted) return this.interrupted("timeout");
    const result = this.outcome(timeoutMs);
    if (!this.settled) inbox.wait(this);
    return result;
  }

  /** After a freeze a message can come before the late timer: it is the deadline that counts. */
  deliver(message: IncomingMessage | undefined): boolean {
    const connection = this.#connection;
    if (message === undefined) {
      if (this.settle()) this.resolve(this.#ended());
    } else if (connection.host.recorder.now() >= this.atMs) {
      this.expire();
      return false;
    } else {
      const result = judge(this.operation, connection, this.#options, message);
      if (result === "unreadable") this.#unreadable += 1;
      // match may have aborted the operation that it was asked for.
      if (typeof result === "string") {
        if (!this.settled) connection.inbox.wait(this);
      } else if (this.settle()) {
        this.resolve(result);
      }
    }
    return true;
  }

  interrupted(by: Interruption): Result<ResponseData> {
    const { inbox } = this.#connection;
    const { match, sent, timeoutMs } = this.#options;
    inbox.stopWaiting(this);
    if (by === "abort") return failByAbort(this.operation, "receive", this.signal, sent);
    const what = match === undefined ? "message" : "message that matches";
    const message = `No ${what} within ${timeoutMs} ms${this.#passedOver}`;
    return this.operation.fail("RECEIVE_TIMEOUT", "receive", message, { sent });
  }

  #ended(): Result<ResponseData> {
    const failure = describeCloseFailure(this.#connection);
    return fail(
      this.operation,
      { ...failure, message: failure.message + this.#passedOver },
      this.#options.sent,
    );
  }

  /** Under `match`, what the codec could not read is no failure, but worth telling when nothing else came. */
  get #passedOver(): string {
    return this.#unreadable === 0 ? "" : `; ${this.#unreadable} came that the codec could not read`;
  }
}

function fail(operation: Operation, { code, message, details }: CloseFailure, sent: Sent): Failure {
  return operation.fail(code, "receive", message, { ...details, sent });
}

import { ignoreRejection, isPromiseLike } from "../adapter/promise-like.ts";
import { decodeMessage } from "../codec.ts";
import { describeCloseFailure, describeUnreadable } from "../connection/close-failure.ts";
import type { Waiter } from "../connection/inbox.ts";
import type { ManagedConnection } from "../connection/managed-connection.ts";
import type { Sent } from "../errors.ts";
import type { ManagerContext } from "../manager-context.ts";
import type { IncomingMessage } from "../ports/channel.ts";
import type { ErrorCode } from "../ports/error-code.ts";
import type { Result } from "../result.ts";
import type { Deadline } from "../time/deadlines.ts";
import type { ResponseData } from "../web-socket-manager.ts";
import type { Operation } from "./operation.ts";

export interface ReceivingOptions {
  /** From the operation's start. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  readonly match: ((message: unknown) => boolean) | undefined;
  /** Of the operation's own message: "no" for a receive, which has none. */
  readonly sent: Sent;
}

/** Takes the next message, or the first that matches. A receive that times out or is aborted takes nothing. */
export function receive(
  context: ManagerContext,
  operation: Operation,
  connection: ManagedConnection,
  options: ReceivingOptions,
): Result<ResponseData> | Promise<Result<ResponseData>> {
  const receiving = new Receiving(context, operation, connection, options);
  for (let message = connection.take(); message !== undefined; message = connection.take()) {
    const result = receiving.judge(message);
    if (result !== undefined) return result;
  }
  return connection.end === undefined ? receiving.wait() : receiving.ended();
}

class Receiving implements Deadline, Waiter {
  atMs = 0;
  index = -1;
  next: Waiter | null = null;
  previous: Waiter | null = null;
  waiting = false;
  readonly #context: ManagerContext;
  readonly #operation: Operation;
  readonly #connection: ManagedConnection;
  readonly #options: ReceivingOptions;
  #abort: (() => void) | undefined;
  #resolve: ((result: Result<ResponseData>) => void) | undefined;
  #unreadable = 0;
  #settled = false;

  constructor(
    context: ManagerContext,
    operation: Operation,
    connection: ManagedConnection,
    options: ReceivingOptions,
  ) {
    this.#context = context;
    this.#operation = operation;
    this.#connection = connection;
    this.#options = options;
  }

  wait(): Result<ResponseData> | Promise<Result<ResponseData>> {
    const { signal, timeoutMs } = this.#options;
    if (signal?.aborted) return this.#aborted();
    if (timeoutMs === 0) return this.#timedOut();
    const { startedAtMs } = this.#operation;
    return new Promise((resolve) => {
      this.#resolve = resolve;
      this.#context.deadlines.add(this, startedAtMs + timeoutMs);
      if (signal !== undefined) this.#hear(signal);
      this.#connection.wait(this);
    });
  }

  /** After a freeze a message can come before the late timer: it is the deadline that counts. */
  deliver(message: IncomingMessage): boolean {
    if (this.#context.settings.clock.now() >= this.atMs) {
      this.expire();
      return false;
    }
    const result = this.judge(message);
    if (result !== undefined) this.#answer(result);
    else if (!this.#settled) this.#connection.wait(this);
    return true;
  }

  end(): void {
    if (this.#leave()) this.#resolve?.(this.ended());
  }

  expire(): void {
    if (this.#leave()) this.#resolve?.(this.#timedOut());
  }

  /** The result this message makes; undefined when it is not the one waited for. */
  judge(message: IncomingMessage): Result<ResponseData> | undefined {
    const { correlationId } = this.#operation;
    const { match } = this.#options;
    this.#context.recorder.messageReceived(this.#connection, message, correlationId);
    let response: unknown;
    try {
      response = decodeMessage(this.#connection.codec, message);
    } catch (cause) {
      return this.#unreadableMessage(message, cause);
    }
    try {
      if (match !== undefined && !matches(match, response)) return undefined;
      // match may have aborted the operation that it was asked for.
      if (this.#settled) return undefined;
    } catch (cause) {
      const message = "match threw, or answered with a promise, while it looked at a message";
      return this.#fail("PARSE_FAILED", message, "maybe", cause);
    }
    return this.#operation.succeed({ response, correlationId });
  }

  ended(): Result<ResponseData> {
    const { code, message, details } = describeCloseFailure(this.#connection);
    return this.#operation.fail(code, "receive", message + this.#passedOver(), {
      ...details,
      sent: this.#options.sent,
    });
  }

  #unreadableMessage(message: IncomingMessage, cause: unknown): Result<ResponseData> | undefined {
    const ending = describeUnreadable(this.#connection, message, cause);
    if (this.#options.match !== undefined) {
      this.#unreadable += 1;
      return undefined;
    }
    const { sent } = this.#options;
    return this.#operation.fail(ending.code, "receive", ending.message, { ...ending.details, sent });
  }

  #aborted(): Result<ResponseData> {
    const { sent, signal } = this.#options;
    return this.#fail("ABORTED", "The signal was aborted while waiting for a message", sent, signal?.reason);
  }

  #timedOut(): Result<ResponseData> {
    const what = this.#options.match === undefined ? "message" : "message that matches";
    const message = `No ${what} within ${this.#options.timeoutMs} ms${this.#passedOver()}`;
    return this.#fail("RECEIVE_TIMEOUT", message, this.#options.sent);
  }

  /** Under `match`, what the codec could not read is no failure, but worth telling when nothing else came. */
  #passedOver(): string {
    return this.#unreadable === 0 ? "" : `; ${this.#unreadable} came that the codec could not read`;
  }

  #fail(code: ErrorCode, message: string, sent: Sent, cause?: unknown): Result<ResponseData> {
    return this.#operation.fail(code, "receive", message, { url: this.#connection.url, sent, cause });
  }

  #hear(signal: AbortSignal): void {
    this.#abort = () => {
      if (this.#leave()) this.#resolve?.(this.#aborted());
    };
    signal.addEventListener("abort", this.#abort);
  }

  #answer(result: Result<ResponseData>): void {
    if (this.#leave()) this.#resolve?.(result);
  }

  /** False when it has its answer already. What the answer is comes after: whoever is told of it may call back. */
  #leave(): boolean {
    if (this.#settled) return false;
    this.#settled = true;
    this.#context.deadlines.remove(this);
    if (this.#abort !== undefined) this.#options.signal?.removeEventListener("abort", this.#abort);
    this.#connection.inbox.stopWaiting(this);
    return true;
  }
}

function matches(match: (message: unknown) => unknown, response: unknown): boolean {
  const answer = match(response);
  if (!isPromiseLike(answer)) return Boolean(answer);
  ignoreRejection(answer);
  throw new TypeError("match answered with a promise");
}

import { type Failure, OutsockError, type Result, type Sent } from "@outsock/core";
import type { CloseFailure, Deadline, Operation, Permit, QueueEntry } from "@outsock/core/internal";
import { type MessageId, type OutgoingCall, type RemoteError, remoteError } from "../protocol.ts";
import type { CallData } from "../session.ts";
import type { StandardSchema } from "../standard-schema.ts";
import type { Topics } from "../subscriptions/topics.ts";
import { validate } from "./validate.ts";

/** A call that crashes the server must not be sent to it forever. */
const maxResends = 3;

/** The parts of the dispatcher that a call uses. */
export interface CallHost {
  /** Of the serving connection, if there is one. */
  readonly url: string | undefined;
  /** Sends the call over the serving connection. */
  send(call: Call): SendOutcome;
  /** Whether a call that was lost with its connection may be sent again. */
  readonly resends: boolean;
  /** Puts the call back at the head of the queue. */
  resend(call: Call): void;
  /** The failure of a call that timed out before it was sent. `limitWait`: its wait for the rate limiter timed out. */
  unsent(call: Call, limitWait: boolean): Failure;
  /** Sets when the call expires. */
  expireAt(call: Call, atMs: number): void;
  /** Tries once more: a permit may become free at the very moment at which a wait ends. */
  lastLook(): void;
  /** Removes a settled call from the queue and from the deadlines. */
  forget(call: Call): void;
}

/**
 * The outcome of an attempt to send. "taken": the socket accepted the message, or ended while it did. "failed": nothing was sent, and
 * the call is settled. "not-taken": the call has to wait for the next connection.
 */
export type SendOutcome = "taken" | "failed" | "not-taken";

/** How a call is to be treated. */
export interface CallTerms {
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  readonly schema: StandardSchema | undefined;
  readonly idempotent: boolean;
  /** Whether the server answers; false for a notification. */
  readonly answered: boolean;
  /**
   * Called with the reply before any later message is handled, so that a subscription learns its topic in time. Returns what is
   * wrong with the reply, if anything.
   */
  readonly accept?: (connection: ServingConnection, id: MessageId, result: unknown) => string | undefined;
  /** Called as soon as the call has settled. */
  readonly whenOver?: () => void;
  /** The only connection that the call may be sent on. */
  readonly only?: ServingConnection;
  /** Made by the session itself: goes first, and does not count towards the queue's limit. */
  readonly own: boolean;
}

/** The connection that a call was sent on. */
export interface ServingConnection {
  readonly number: number;
  readonly url: string;
  readonly topics: Topics;
  readonly canPause: boolean;
  /** Stops reading until everything that paused it has resumed it. */
  pause(by: object): void;
  resume(by: object): void;
  /** The reply is no longer needed. `sent`: it may still arrive. */
  abandon(id: MessageId, sent: boolean): void;
}

interface OnConnection {
  readonly connection: ServingConnection;
  /** Undefined if the server does not answer. */
  readonly id: MessageId | undefined;
}

type CallState =
  /** In the queue. `sentBefore`: it was sent on an earlier connection. */
  | { readonly name: "waiting"; readonly sentBefore: boolean }
  /** The socket is accepting the message: an answer may arrive within this call. */
  | (OnConnection & { readonly name: "sending"; readonly sentBefore: boolean })
  /** Waiting for the answer. */
  | (OnConnection & { readonly name: "sent" })
  /** The answer has arrived and is being validated. */
  | { readonly name: "answered" }
  | { readonly name: "over" };

const unsent: CallState = { name: "waiting", sentBefore: false };
const lost: CallState = { name: "waiting", sentBefore: true };
const answered: CallState = { name: "answered" };
const over: CallState = { name: "over" };

/** One call, from its admission to its result. */
export class Call implements QueueEntry, Deadline {
  atMs = 0;
  index = -1;
  readonly operation: Operation;
  readonly outgoing: OutgoingCall;
  readonly terms: CallTerms;
  readonly cost = 1;
  readonly reserve: number;
  #state: CallState = unsent;
  #resends = 0;
  readonly #host: CallHost;
  readonly #resolve: (result: Result<CallData>) => void;
  #abort: (() => void) | undefined = undefined;

  constructor(
    host: CallHost,
    operation: Operation,
    outgoing: OutgoingCall,
    terms: CallTerms,
    reserve: number,
    resolve: (result: Result<CallData>) => void,
  ) {
    this.#host = host;
    this.operation = operation;
    this.outgoing = outgoing;
    this.terms = terms;
    this.reserve = reserve;
    this.#resolve = resolve;
    this.locate();
    if (terms.signal !== undefined) this.#listenTo(terms.signal);
  }

  /** The server that it is for as long as it is not sent. */
  locate(): void {
    this.operation.locate(this.terms.only?.url ?? this.#host.url, undefined);
  }

  get signal(): AbortSignal | undefined {
    return this.terms.signal;
  }

  get endsAtMs(): number {
    return this.operation.startedAtMs + this.terms.timeoutMs;
  }

  get over(): boolean {
    return this.#state.name === "over";
  }

  /** Whether this connection's socket is accepting its message right now. */
  isSendingOn(connection: ServingConnection): boolean {
    return this.#state.name === "sending" && this.#state.connection === connection;
  }

  waitUntil(limitWaitEndsAtMs: number): void {
    if (limitWaitEndsAtMs < this.endsAtMs) this.#host.expireAt(this, limitWaitEndsAtMs);
  }

  admit(permit: Permit): boolean {
    if (this.atMs !== this.endsAtMs) this.#host.expireAt(this, this.endsAtMs);
    this.locate();
    this.operation.start(permit.source);
    // A sink may abort the call when it records the start.
    const outcome = this.over ? "failed" : this.#host.send(this);
    if (outcome === "failed") permit.giveBack();
    return outcome !== "not-taken";
  }

  refuse(failure: Failure): void {
    this.fail(failure);
  }

  /** The message is about to be passed to the socket. */
  sending(connection: ServingConnection, id: MessageId | undefined): void {
    const sentBefore = this.#state.name === "waiting" && this.#state.sentBefore;
    this.#state = { name: "sending", connection, id, sentBefore };
  }

  /** The socket did not accept the message. */
  notSent(): void {
    if (this.#state.name === "sending") this.#state = this.#state.sentBefore ? lost : unsent;
  }

  /** The socket accepted the message. Does nothing if the answer or the loss of the connection was reported meanwhile. */
  sent(): void {
    if (this.#state.name !== "sending") return;
    const { connection, id } = this.#state;
    this.operation.passed("send");
    if (this.terms.answered) this.#state = { name: "sent", connection, id };
    else this.#succeed(undefined);
  }

  replied(connection: ServingConnection, id: MessageId, result: unknown): void {
    this.#state = answered;
    const problem = this.terms.accept?.(connection, id, result);
    if (problem !== undefined) {
      const details = { sent: "yes", url: connection.url } as const;
      this.fail(this.operation.fail("INVALID_RESPONSE", "receive", problem, details));
      return;
    }
    const { schema } = this.terms;
    if (schema === undefined) this.#succeed(result);
    else this.#validate(schema, connection, result);
  }

  /** The server answered with an error. */
  rejected(connection: ServingConnection, error: RemoteError): void {
    this.#state = answered;
    const remote = remoteError(error);
    const message = `The server answered with an error: ${remote.message} (${remote.code})`;
    const details = { sent: "yes", url: connection.url, remote, retryable: false } as const;
    this.fail(this.operation.fail("REMOTE_ERROR", "receive", message, details));
  }

  /** The connection that it was sent on is lost. */
  lost({ code, message, details }: CloseFailure): void {
    this.#state = lost;
    const tooBig = code === "MESSAGE_TOO_BIG";
    if (this.terms.idempotent && !tooBig && this.#resends < maxResends && this.#host.resends) {
      this.#resends += 1;
      this.operation.passed("receive");
      this.operation.locate(this.operation.url, undefined);
      this.#host.resend(this);
      return;
    }
    const again = this.#resends > 0 ? `, sent ${this.#resends + 1} times` : "";
    const advice = tooBig ? "; raise the manager's maxMessageBytes" : "";
    const what = `${message}; the call was not answered${again}${advice}`;
    this.fail(this.operation.fail(code, "receive", what, { ...details, sent: "maybe" }));
  }

  expire(): void {
    const limitWait = this.atMs < this.endsAtMs;
    if (limitWait) this.#host.lastLook();
    if (this.#state.name === "waiting" && !this.#state.sentBefore) {
      this.fail(this.#host.unsent(this, limitWait));
      return;
    }
    if (limitWait) return;
    const message = `${this.#silence} within ${this.terms.timeoutMs} ms`;
    const details = { sent: this.#sentState, url: this.#url };
    this.fail(this.operation.fail("RECEIVE_TIMEOUT", "receive", message, details));
  }

  /** Settles the call with a failure of its operation; does nothing if it has settled. */
  fail(failure: Failure): void {
    const maybeSent = this.#mayBeSent;
    if (this.#settle()) this.#resolve(maybeSent ? perhapsSent(failure) : failure);
  }

  #listenTo(signal: AbortSignal): void {
    this.#abort = () => this.#aborted(signal.reason);
    signal.addEventListener("abort", this.#abort);
  }

  #aborted(cause: unknown): void {
    const phase = this.#mayBeSent ? "receive" : "admission";
    const message = "The signal was aborted before the server answered";
    const details = { sent: this.#sentState, cause, url: this.#url };
    this.fail(this.operation.fail("ABORTED", phase, message, details));
  }

  #succeed(response: unknown): void {
    if (!this.#settle()) return;
    const { correlationId } = this.operation;
    this.#resolve(this.operation.succeed({ response, correlationId }));
  }

  #validate(schema: StandardSchema, { url }: ServingConnection, result: unknown): void {
    validate(schema, result, (validation) => {
      if (this.over) return;
      if (validation.valid) {
        this.#succeed(validation.value);
        return;
      }
      const { problem: message, cause } = validation;
      this.fail(this.operation.fail("INVALID_RESPONSE", "receive", message, { sent: "yes", url, cause }));
    });
  }

  get #silence(): string {
    if (this.#state.name === "answered") return "The answer arrived, but the schema did not finish";
    return "connection" in this.#state
      ? "No answer"
      : "The connection was lost, and no answer arrived on another one";
  }

  /** Whether the message was sent, or is being sent. */
  get #mayBeSent(): boolean {
    const { name } = this.#state;
    return name === "waiting" ? this.#state.sentBefore : name !== "over";
  }

  get #sentState(): Sent {
    if (this.#state.name === "answered") return "yes";
    return this.#mayBeSent ? "maybe" : "no";
  }

  get #url(): string | undefined {
    return "connection" in this.#state ? this.#state.connection.url : undefined;
  }

  #settle(): boolean {
    const state = this.#state;
    if (state.name === "over") return false;
    this.#state = over;
    if (this.#abort !== undefined) this.terms.signal?.removeEventListener("abort", this.#abort);
    this.#host.forget(this);
    // In "sending" too: the socket may have the message already, and the answer may come.
    if ("connection" in state && state.id !== undefined) state.connection.abandon(state.id, true);
    this.terms.whenOver?.();
    return true;
  }
}

/** A failure of a later attempt does not know that an earlier one may have arrived. */
function perhapsSent(failure: Failure): Failure {
  const { error } = failure;
  if (error.sent !== "no") return failure;
  const details = { ...error, cause: error.cause, sent: "maybe" } as const;
  return { success: false, error: new OutsockError(error.code, error.message, details) };
}

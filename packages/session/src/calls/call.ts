import { type Failure, OutsockError, type Result, type Sent } from "@outsock/core";
import type { CloseFailure, Deadline, Operation, Permit, QueueEntry } from "@outsock/core/internal";
import { type MessageId, type OutgoingCall, type RemoteError, remoteError } from "../protocol.ts";
import type { CallData } from "../session.ts";
import type { StandardSchema } from "../standard-schema.ts";
import type { Topics } from "../subscriptions/topics.ts";
import { validate } from "./validate.ts";

/** A call that kills its server must not keep it dead. */
const maxResends = 3;

/** What a call needs of its dispatcher. */
export interface CallHost {
  /** Sends it over the connection that serves. */
  send(call: Call): SendOutcome;
  /** Whether a call that was lost with its connection may be sent again. */
  readonly resends: boolean;
  /** Puts it first in the queue again. */
  resend(call: Call): void;
  /** The time of a call is over that was not sent. `limitWait`: its wait for the rate limiter is. */
  unsent(call: Call, limitWait: boolean): Failure;
  /** Sets when it expires. */
  expireAt(call: Call, atMs: number): void;
  /** A permit may have come free at the very moment at which a wait ends. */
  lastLook(): void;
  /** It is over: wherever it waits, it is forgotten there. */
  forget(call: Call): void;
}

/**
 * What became of an attempt to send. "taken": the socket has it, or ended while it took it. "failed": nothing of it was sent, and the
 * call is over. "not-taken": it has to wait for the next connection.
 */
export type SendOutcome = "taken" | "failed" | "not-taken";

/** What distinguishes one call's treatment from another's. */
export interface CallTerms {
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  readonly schema: StandardSchema | undefined;
  readonly idempotent: boolean;
  /** Whether the server answers: not where it is only notified. */
  readonly answered: boolean;
  /**
   * Looks at the reply as soon as it is there, before any later message: a subscription learns its topic. It says what is
   * wrong with the reply, or nothing.
   */
  readonly accept?: (connection: ServingConnection, id: MessageId, result: unknown) => string | undefined;
  /** Called when it is over, at once. */
  readonly whenOver?: () => void;
  /** The one connection that it makes sense on. */
  readonly only?: ServingConnection;
  /** Part of the session's own work: goes first, and does not count against the queue's bound. */
  readonly own: boolean;
}

/** The connection that a call went out on. */
export interface ServingConnection {
  readonly number: number;
  readonly url: string;
  readonly topics: Topics;
  readonly canPause: boolean;
  /** Reads no more until all that paused it have resumed it. */
  pause(by: object): void;
  resume(by: object): void;
  /** The reply is of no interest any more. `sent`: it may still come. */
  abandon(id: MessageId, sent: boolean): void;
}

interface OnConnection {
  readonly connection: ServingConnection;
  /** Undefined where the server does not answer. */
  readonly id: MessageId | undefined;
}

type CallState =
  /** For its turn. `sentBefore`: it left this process on an earlier connection. */
  | { readonly name: "waiting"; readonly sentBefore: boolean }
  /** The socket is just taking it: an answer may come at once. */
  | (OnConnection & { readonly name: "sending"; readonly sentBefore: boolean })
  /** Its answer is due. */
  | (OnConnection & { readonly name: "sent" })
  /** Its answer is here, and the schema is judging it. */
  | { readonly name: "answered" }
  | { readonly name: "over" };

const unsent: CallState = { name: "waiting", sentBefore: false };
const lost: CallState = { name: "waiting", sentBefore: true };
const answered: CallState = { name: "answered" };
const over: CallState = { name: "over" };

/** One call: from its admission to the one result that it comes to. */
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
    if (terms.signal !== undefined) this.#hear(terms.signal);
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

  /** Whether the socket of this connection is just taking it. */
  isSendingOn(connection: ServingConnection): boolean {
    return this.#state.name === "sending" && this.#state.connection === connection;
  }

  waitUntil(limitWaitEndsAtMs: number): void {
    if (limitWaitEndsAtMs < this.endsAtMs) this.#host.expireAt(this, limitWaitEndsAtMs);
  }

  admit(permit: Permit): boolean {
    if (this.atMs !== this.endsAtMs) this.#host.expireAt(this, this.endsAtMs);
    this.operation.start(permit.source);
    // A sink that hears of the start may abort it.
    const outcome = this.over ? "failed" : this.#host.send(this);
    if (outcome === "failed") permit.giveBack();
    return outcome !== "not-taken";
  }

  refuse(failure: Failure): void {
    this.fail(failure);
  }

  /** The socket is about to take it. */
  sending(connection: ServingConnection, id: MessageId | undefined): void {
    const sentBefore = this.#state.name === "waiting" && this.#state.sentBefore;
    this.#state = { name: "sending", connection, id, sentBefore };
  }

  /** The socket did not take it. */
  notSent(): void {
    if (this.#state.name === "sending") this.#state = this.#state.sentBefore ? lost : unsent;
  }

  /** The socket has it, unless it was answered, or lost, at once. */
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

  /** The connection that it went out on is gone. */
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

  /** Ends it with a failure that its operation made; does nothing where it is over. */
  fail(failure: Failure): void {
    const maybeSent = this.#left;
    if (this.#leave()) this.#resolve(maybeSent ? perhapsSent(failure) : failure);
  }

  #hear(signal: AbortSignal): void {
    this.#abort = () => this.#aborted(signal.reason);
    signal.addEventListener("abort", this.#abort);
  }

  #aborted(cause: unknown): void {
    const phase = this.#left ? "receive" : "admission";
    const message = "The signal was aborted before the server answered";
    const details = { sent: this.#sentState, cause, url: this.#url };
    this.fail(this.operation.fail("ABORTED", phase, message, details));
  }

  #succeed(response: unknown): void {
    if (!this.#leave()) return;
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
    if (this.#state.name === "answered") return "The answer came, but the schema did not decide";
    return this.#state.name === "sent"
      ? "No answer"
      : "The connection was lost, and no other brought an answer";
  }

  /** It left this process, or is leaving it just now. */
  get #left(): boolean {
    const { name } = this.#state;
    return name === "waiting" ? this.#state.sentBefore : name !== "over";
  }

  get #sentState(): Sent {
    if (this.#state.name === "answered") return "yes";
    return this.#left ? "maybe" : "no";
  }

  get #url(): string | undefined {
    return "connection" in this.#state ? this.#state.connection.url : undefined;
  }

  #leave(): boolean {
    const state = this.#state;
    if (state.name === "over") return false;
    this.#state = over;
    if (this.#abort !== undefined) this.terms.signal?.removeEventListener("abort", this.#abort);
    this.#host.forget(this);
    if ("connection" in state && state.id !== undefined) {
      state.connection.abandon(state.id, state.name === "sent");
    }
    this.terms.whenOver?.();
    return true;
  }
}

/** A failure of a second attempt does not know about the first one. */
function perhapsSent(failure: Failure): Failure {
  const { error } = failure;
  if (error.sent !== "no") return failure;
  const details = { ...error, cause: error.cause, sent: "maybe" } as const;
  return { success: false, error: new OutsockError(error.code, error.message, details) };
}

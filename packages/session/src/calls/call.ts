import { type Failure, OutsockError, type Result, type Sent } from "@outsock/core";
import type { CloseFailure, Deadline, Operation } from "@outsock/core/internal";
import { type MessageId, type OutgoingCall, type RemoteError, remoteError } from "../protocol.ts";
import type { CallData } from "../session.ts";
import type { StandardSchema } from "../standard-schema.ts";
import type { Topics } from "../subscriptions/topics.ts";
import { validate } from "./validate.ts";

/** A call that the server dies of must not keep it dead. */
const maxResends = 3;

/** What a call needs of those who keep it. */
export interface CallHost {
  /** It is over: wherever it waits, it is forgotten there. */
  forget(call: Call): void;
  /** Why it was not sent yet, when its time is over. */
  unsent(call: Call): Failure;
  /** Puts it first in the line again. False where nothing is sent any more. */
  again(call: Call): boolean;
}

/** What tells one call's treatment from another's. */
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
  /** Reads no more until everyone who asked for that has taken it back. */
  pause(by: object): void;
  resume(by: object): void;
  /** The reply is of no interest any more. */
  abandon(id: MessageId): void;
}

/** One call: from its admission to the one result that it comes to. */
export class Call implements Deadline {
  atMs = 0;
  index = -1;
  readonly operation: Operation;
  readonly outgoing: OutgoingCall;
  readonly terms: CallTerms;
  connection: ServingConnection | undefined;
  id: MessageId = 0;
  /** It left this process, perhaps on an earlier connection. */
  left = false;
  over = false;
  /** The socket has it, or is just taking it: an answer may come at once. */
  handed = false;
  #answered = false;
  #resends = 0;
  readonly #host: CallHost;
  readonly #resolve: (result: Result<CallData>) => void;
  #abort: (() => void) | undefined = undefined;

  constructor(
    host: CallHost,
    operation: Operation,
    outgoing: OutgoingCall,
    terms: CallTerms,
    resolve: (result: Result<CallData>) => void,
  ) {
    this.#host = host;
    this.operation = operation;
    this.outgoing = outgoing;
    this.terms = terms;
    this.#resolve = resolve;
    if (terms.signal !== undefined) this.#hear(terms.signal);
  }

  #hear(signal: AbortSignal): void {
    this.#abort = () => this.#aborted(signal.reason);
    signal.addEventListener("abort", this.#abort);
  }

  #aborted(cause: unknown): void {
    const phase = this.left ? "receive" : "admission";
    const message = "The signal was aborted before the server answered";
    this.fail(this.operation.fail("ABORTED", phase, message, { sent: this.#sent, cause, url: this.#url }));
  }

  /** The open socket has it. */
  sent(connection: ServingConnection): void {
    this.operation.passed("send");
    this.left = true;
    if (this.terms.answered) this.connection = connection;
    else this.#succeed(undefined);
  }

  replied(connection: ServingConnection, result: unknown): void {
    this.connection = undefined;
    this.#answered = true;
    const problem = this.terms.accept?.(connection, this.id, result);
    if (problem !== undefined) {
      this.fail(
        this.operation.fail("INVALID_RESPONSE", "receive", problem, { sent: "yes", url: connection.url }),
      );
      return;
    }
    const { schema } = this.terms;
    if (schema === undefined) this.#succeed(result);
    else this.#validate(schema, connection, result);
  }

  refused(connection: ServingConnection, error: RemoteError): void {
    this.connection = undefined;
    const remote = remoteError(error);
    const message = `The server answered with an error: ${remote.message} (${remote.code})`;
    const details = { sent: "yes", url: connection.url, remote, retryable: false } as const;
    this.fail(this.operation.fail("REMOTE_ERROR", "receive", message, details));
  }

  /** The connection that it went out on is gone. */
  lost({ code, message, details }: CloseFailure): void {
    this.connection = undefined;
    this.left = true;
    this.handed = false;
    // A socket may end while it takes the call: the permit is used all the same.
    this.operation.spend();
    const tooBig = code === "MESSAGE_TOO_BIG";
    if (this.terms.idempotent && !tooBig && this.#resends < maxResends && this.#host.again(this)) {
      this.#resends += 1;
      this.operation.passed("receive");
      this.operation.connectionId = undefined;
      return;
    }
    const again = this.#resends > 0 ? `, sent ${this.#resends + 1} times` : "";
    const advice = tooBig ? "; raise the manager's maxMessageBytes" : "";
    const what = `${message}; the call was not answered${again}${advice}`;
    this.fail(this.operation.fail(code, "receive", what, { ...details, sent: "maybe" }));
  }

  expire(): void {
    if (this.connection === undefined && !this.left) {
      this.fail(this.#host.unsent(this));
      return;
    }
    const message = `${this.#silence} within ${this.terms.timeoutMs} ms`;
    const details = { sent: this.#sent, url: this.#url };
    this.fail(this.operation.fail("RECEIVE_TIMEOUT", "receive", message, details));
  }

  /** Ends it with a failure that its operation made; nothing where it is over. */
  fail(failure: Failure): void {
    if (this.#leave()) this.#resolve(this.left ? perhapsSent(failure) : failure);
  }

  #succeed(response: unknown): void {
    if (!this.#leave()) return;
    const { correlationId } = this.operation;
    this.#resolve(this.operation.succeed({ response, correlationId }));
  }

  #validate(schema: StandardSchema, connection: ServingConnection, result: unknown): void {
    validate(schema, result, (validation) => {
      if (this.over) return;
      if (validation.valid) {
        this.#succeed(validation.value);
        return;
      }
      const { problem: message, cause } = validation;
      const details = { sent: "yes", url: connection.url, cause } as const;
      this.fail(this.operation.fail("INVALID_RESPONSE", "receive", message, details));
    });
  }

  get #silence(): string {
    if (this.#answered) return "The answer came, but no word of the schema";
    return this.connection === undefined
      ? "The connection was lost, and no other brought an answer"
      : "No answer";
  }

  get #sent(): Sent {
    if (this.#answered) return "yes";
    return this.left ? "maybe" : "no";
  }

  get #url(): string | undefined {
    return this.connection?.url;
  }

  #leave(): boolean {
    if (this.over) return false;
    this.over = true;
    if (this.#abort !== undefined) this.terms.signal?.removeEventListener("abort", this.#abort);
    if (!this.handed) this.operation.refund();
    this.#host.forget(this);
    this.terms.whenOver?.();
    return true;
  }
}

/** What ends a second attempt knows nothing of the first one. */
function perhapsSent(failure: Failure): Failure {
  const { error } = failure;
  if (error.sent !== "no") return failure;
  const details = { ...error, cause: error.cause, sent: "maybe" } as const;
  return { success: false, error: new OutsockError(error.code, error.message, details) };
}

import type { Failure, OutsockError, Result, Sent } from "@outsock/core";
import type { Operation, Refusal } from "@outsock/core/internal";
import type { SessionConnection } from "../connections/session-connection.ts";
import type { SessionContext } from "../context.ts";
import type { OutgoingCall } from "../protocol.ts";
import type { CallData } from "../session.ts";
import { Call, type CallHost, type CallTerms } from "./call.ts";
import { Queue } from "./queue.ts";

/** The failure of a call that a closed session does not take, or no longer. */
export type RefuseCall = (operation: Operation, sent: Sent) => Failure;

/** Takes calls in: out at once where they can go, else into the line, else refused. */
export class CallDispatcher implements CallHost {
  readonly queue: Queue;
  /** The connection that new calls go over. */
  serving: SessionConnection | undefined;
  /** Why the last attempt to connect failed. */
  lastError: OutsockError | undefined;
  readonly #context: SessionContext;
  /** Calls that wait for the rate limiter's word. */
  #applying = 0;
  /** Why no more calls are taken. */
  #closed: RefuseCall | undefined;
  #ended = false;
  /** Called when the last call is over. */
  whenIdle: (() => void) | undefined;

  constructor(context: SessionContext) {
    this.#context = context;
    const serving = (): SessionConnection | undefined => this.serving;
    this.queue = new Queue(context, {
      get url() {
        return serving()?.url;
      },
      ready: (nowMs) => this.#slot(nowMs) !== undefined,
      send: (call) => this.#send(call),
    });
  }

  get idle(): boolean {
    return this.#context.counters.inFlight === 0 && this.queue.size === 0;
  }

  /** Whether new calls are taken. */
  get open(): boolean {
    return this.#closed === undefined;
  }

  /** What was sent is not sent again from now on. */
  giveUp(): void {
    this.#ended = true;
  }

  /** New calls are refused from now on. */
  shut(refuse: RefuseCall): void {
    this.#closed ??= refuse;
  }

  /** Why it cannot begin. */
  refusal(operation: Operation, signal: AbortSignal | undefined): Failure | undefined {
    if (this.#closed !== undefined) return this.#closed(operation, "no");
    if (signal?.aborted !== true) return undefined;
    const message = "The signal was aborted before the call began";
    return operation.fail("ABORTED", "admission", message, { cause: signal.reason });
  }

  place(operation: Operation, outgoing: OutgoingCall, terms: CallTerms): Promise<Result<CallData>> {
    const { signal } = terms;
    const refused = this.refusal(operation, signal) ?? timeless(operation, terms);
    if (refused !== undefined) return Promise.resolve(refused);
    if (
      terms.own ||
      this.queue.size > 0 ||
      this.queue.held(operation.startedAtMs) ||
      this.#slot(operation.startedAtMs) === undefined
    ) {
      return this.#join(operation, outgoing, terms);
    }
    // Before the limiter is asked: it would keep a permit for a call that does not come.
    if (this.#applying > 0 && this.#full) return Promise.resolve(this.#fullFailure(operation));
    const { reserve } = this.#context.settings;
    const bounds = { timeoutMs: terms.timeoutMs, signal, reserve };
    const url = this.serving?.url;
    const refusal = this.#context.internals.admit(operation, bounds, url);
    if (refusal === undefined) {
      return this.#begin(operation, outgoing, terms, { url, atMs: operation.startedAtMs });
    }
    if (!(refusal instanceof Promise)) return Promise.resolve(refusal);
    return this.#afterAdmission(refusal, url, operation, outgoing, terms);
  }

  again(call: Call): boolean {
    if (this.#ended) return false;
    this.#context.counters.resentCount += 1;
    this.queue.addFirst(call);
    return true;
  }

  forget(call: Call): void {
    this.#context.internals.deadlines.remove(call);
    if (this.queue.size > 0) this.queue.delete(call);
    call.connection?.abandon(call.id);
    if (this.whenIdle !== undefined && this.idle) this.whenIdle();
  }

  unsent({ operation, terms }: Call): Failure {
    const { serving } = this;
    const url = serving?.url;
    if (serving === undefined || !serving.takes(this.#context.internals.clock.now())) {
      const last =
        this.lastError === undefined
          ? ""
          : `; the last attempt failed with ${this.lastError.code}: ${this.lastError.message}`;
      const message = `There was no connection within ${terms.timeoutMs} ms${last}`;
      return operation.fail("CONNECT_TIMEOUT", "connect", message, {
        url: this.lastError?.url ?? url,
        cause: this.lastError,
      });
    }
    if (this.queue.hold === "limit") {
      return operation.refuse(`No permit came free within ${terms.timeoutMs} ms`, { source: "local" });
    }
    const message = `${this.#context.counters.inFlight} calls were in flight (maxInFlight), and no answer came within ${terms.timeoutMs} ms`;
    return operation.fail("BACKPRESSURE", "admission", message, { url });
  }

  /** Nothing waits any more, and nothing will. */
  end(refuse: RefuseCall): void {
    this.#ended = true;
    this.#closed = refuse;
    this.serving = undefined;
    for (const call of this.queue.clear()) call.fail(refuse(call.operation, call.left ? "maybe" : "no"));
  }

  #slot(nowMs: number): SessionConnection | undefined {
    const { counters, settings } = this.#context;
    if (this.serving === undefined || counters.inFlight >= settings.maxInFlight) return undefined;
    return this.serving.takes(nowMs) ? this.serving : undefined;
  }

  #send(call: Call): boolean {
    const { only } = call.terms;
    if (only === undefined || only === this.serving) return this.serving?.send(call) === true;
    const message = "The connection that it was meant for is gone";
    call.fail(call.operation.fail("CONNECTION_CLOSED", "send", message, { url: only.url }));
    return true;
  }

  async #afterAdmission(
    refusal: Promise<Refusal>,
    url: string | undefined,
    operation: Operation,
    outgoing: OutgoingCall,
    terms: CallTerms,
  ): Promise<Result<CallData>> {
    this.#applying += 1;
    const failure = await refusal.finally(() => {
      this.#applying -= 1;
    });
    if (failure !== undefined) return failure;
    // Between the permit and here the session may have been closed, and the signal aborted.
    const late = this.refusal(operation, terms.signal);
    if (late === undefined) {
      return this.#begin(operation, outgoing, terms, { url, atMs: this.#context.internals.clock.now() });
    }
    operation.refund();
    return late;
  }

  #join(operation: Operation, outgoing: OutgoingCall, terms: CallTerms): Promise<Result<CallData>> {
    if (this.#full && !terms.own) return Promise.resolve(this.#fullFailure(operation));
    return this.#begin(operation, outgoing, terms, undefined);
  }

  get #full(): boolean {
    return this.queue.waiting + this.#applying >= this.#context.settings.maxQueued;
  }

  #fullFailure(operation: Operation): Failure {
    const { maxQueued } = this.#context.settings;
    const message = `${maxQueued} calls wait to be sent already (maxQueued); call again when fewer do`;
    return operation.fail("BACKPRESSURE", "admission", message, { url: this.serving?.url });
  }

  /** False where it has to wait after all. A permit is for now, and for one server: then it goes back. */
  #goes(call: Call, { url, atMs }: Admitted): boolean {
    if (this.queue.size === 0 && url === this.serving?.url && this.#slot(atMs) !== undefined) {
      call.operation.start();
      // Who is told of that may abort it.
      if (call.over || this.#slot(atMs)?.send(call) === true) return true;
    }
    call.operation.refund();
    return call.over;
  }

  #begin(
    operation: Operation,
    outgoing: OutgoingCall,
    terms: CallTerms,
    admitted: Admitted | undefined,
  ): Promise<Result<CallData>> {
    this.#context.counters.callsCount += 1;
    return new Promise((resolve) => {
      const call = new Call(this, operation, outgoing, terms, resolve);
      this.#context.internals.deadlines.add(call, operation.startedAtMs + terms.timeoutMs);
      if (admitted !== undefined && this.#goes(call, admitted)) return;
      if (terms.own) this.queue.addFirst(call);
      else this.queue.add(call);
      this.queue.pump();
    });
  }
}

/** The server whose permit a call has, and since when. */
interface Admitted {
  readonly url: string | undefined;
  readonly atMs: number;
}

/** Who gives no time wants nothing done that takes some. */
function timeless(operation: Operation, { timeoutMs }: CallTerms): Failure | undefined {
  if (timeoutMs > 0) return undefined;
  return operation.fail("RECEIVE_TIMEOUT", "send", "No time was given (timeoutMs: 0), so nothing was sent");
}

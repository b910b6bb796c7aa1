import type { Failure, OutsockError, Result, Sent } from "@outsock/core";
import { Expiry, type GatedLane, type Operation, refuseByWait } from "@outsock/core/internal";
import type { SessionConnection } from "../connections/session-connection.ts";
import type { SessionContext } from "../context.ts";
import type { OutgoingCall } from "../protocol.ts";
import type { CallData } from "../session.ts";
import { Call, type CallHost, type CallTerms, type SendOutcome } from "./call.ts";

/** The failure of a call on a closed session. */
export type RefuseCall = (operation: Operation, sent: Sent) => Failure;

/** A pause that a server asked for. It applies to that server only. */
interface SlowDown {
  readonly untilMs: number;
  readonly url: string | undefined;
}

/**
 * Sends a call at once if possible; otherwise it waits in the manager's admission queue, or is refused if that is full. The gate of its
 * lane is open while a connection serves, has room in flight, and its server has not asked for a pause.
 */
export class CallDispatcher implements CallHost {
  /** Why the last attempt to connect failed. */
  lastError: OutsockError | undefined;
  /** Called when the last call has settled. */
  whenIdle: (() => void) | undefined;
  readonly #context: SessionContext;
  readonly #lane: GatedLane;
  readonly #slowDownEnd: Expiry = new Expiry(() => this.#lane.advance());
  #serving: SessionConnection | undefined;
  #slowDown: SlowDown | undefined;
  /** The failure of new calls, once the session is closing. */
  #closed: RefuseCall | undefined;
  #ended = false;

  constructor(context: SessionContext) {
    this.#context = context;
    const { internals, settings } = context;
    const url = (): string | undefined => this.url;
    const gate = {
      get url() {
        return url();
      },
      ready: (nowMs: number) => this.#isReady(nowMs),
    };
    this.#lane = internals.lane(gate, settings.maxQueued);
  }

  /** The connection that new calls are sent on. */
  get serving(): SessionConnection | undefined {
    return this.#serving;
  }

  get url(): string | undefined {
    return this.#serving?.url;
  }

  /** Calls that wait to be sent. */
  get queued(): number {
    return this.#lane.size;
  }

  get idle(): boolean {
    return this.#context.counters.inFlight === 0 && !this.#lane.busy;
  }

  /** Whether new calls are accepted. */
  get open(): boolean {
    return this.#closed === undefined;
  }

  get resends(): boolean {
    return !this.#ended;
  }

  /** Sends new calls on this connection from now on; undefined: on none. */
  serve(connection: SessionConnection | undefined): void {
    this.#serving = connection;
    if (connection !== undefined) this.lastError = undefined;
  }

  /** Sends every waiting call that can be sent. Called whenever that may have changed. */
  advance(): void {
    this.#lane.advance();
  }

  /** Sends no calls to the current server for this long. */
  slowDown(delayMs: number): void {
    const { clock, deadlines } = this.#context.internals;
    const url = this.#serving?.url;
    const atMs = clock.now() + delayMs;
    const untilMs = this.#slowDown?.url === url ? Math.max(this.#slowDown?.untilMs ?? 0, atMs) : atMs;
    this.#slowDown = { untilMs, url };
    deadlines.remove(this.#slowDownEnd);
    deadlines.add(this.#slowDownEnd, untilMs);
  }

  /** From now on a lost call is not sent again. */
  giveUp(): void {
    this.#ended = true;
  }

  /** Refuses new calls from now on. */
  shut(refuse: RefuseCall): void {
    this.#closed ??= refuse;
  }

  /** The failure of an operation that cannot begin. */
  refusal(operation: Operation, signal: AbortSignal | undefined): Failure | undefined {
    if (this.#closed !== undefined) return this.#closed(operation, "no");
    if (signal?.aborted !== true) return undefined;
    const message = "The signal was aborted before the call began";
    return operation.fail("ABORTED", "admission", message, { cause: signal.reason });
  }

  place(operation: Operation, outgoing: OutgoingCall, terms: CallTerms): Promise<Result<CallData>> {
    const { counters, settings } = this.#context;
    counters.callsCount += 1;
    const refused = this.refusal(operation, terms.signal) ?? timeless(operation, terms);
    if (refused !== undefined) return Promise.resolve(refused);
    return new Promise((resolve) => {
      const reserve = terms.own ? 0 : settings.reserve;
      const call = new Call(this, operation, outgoing, terms, reserve, resolve);
      this.expireAt(call, call.endsAtMs);
      if (terms.own) this.#lane.submitUrgent(call);
      else this.#lane.submit(call);
    });
  }

  send(call: Call): SendOutcome {
    const { only } = call.terms;
    if (only === undefined || only === this.#serving) return this.#serving?.send(call) ?? "not-taken";
    const message = "The connection that the call was meant for has ended";
    call.fail(call.operation.fail("CONNECTION_CLOSED", "send", message, { url: only.url }));
    return "failed";
  }

  resend(call: Call): void {
    this.#context.counters.resentCount += 1;
    this.#lane.submitUrgent(call);
  }

  expireAt(call: Call, atMs: number): void {
    const { deadlines } = this.#context.internals;
    deadlines.remove(call);
    deadlines.add(call, atMs);
  }

  lastLook(): void {
    this.#lane.retry();
  }

  forget(call: Call): void {
    this.#context.internals.deadlines.remove(call);
    if (this.#lane.busy) this.#lane.delete(call);
    if (this.whenIdle !== undefined && this.idle) this.whenIdle();
  }

  unsent(call: Call, limitWait: boolean): Failure {
    const { operation, terms } = call;
    const { internals, counters, settings } = this.#context;
    const nowMs = internals.clock.now();
    const { timeoutMs } = terms;
    const serving = this.#serving;
    // It may have been queued for another server.
    call.locate();
    if (limitWait) return refuseByWait(operation, internals.maxWaitMs, timeoutMs, undefined);
    if (serving === undefined || !serving.takes(nowMs)) {
      const { lastError } = this;
      const last =
        lastError === undefined
          ? ""
          : `; the last attempt failed with ${lastError.code}: ${lastError.message}`;
      const message = `There was no connection within ${timeoutMs} ms${last}`;
      const details = { url: lastError?.url ?? serving?.url, cause: lastError };
      return operation.fail("CONNECT_TIMEOUT", "connect", message, details);
    }
    if (this.#isSlowedDown(nowMs) || counters.inFlight < settings.maxInFlight) {
      return refuseByWait(operation, 0, timeoutMs, undefined);
    }
    const message = `${counters.inFlight} calls were in flight (maxInFlight), and no answer arrived within ${timeoutMs} ms`;
    return operation.fail("BACKPRESSURE", "admission", message, { url: serving.url });
  }

  /** Refuses every waiting call, and all later ones. */
  end(refuse: RefuseCall): void {
    this.#ended = true;
    this.#closed = refuse;
    this.#serving = undefined;
    this.#context.internals.deadlines.remove(this.#slowDownEnd);
    for (const entry of this.#lane.clear()) entry.refuse(refuse(entry.operation, "no"));
  }

  #isReady(nowMs: number): boolean {
    const { counters, settings } = this.#context;
    if (this.#serving === undefined || counters.inFlight >= settings.maxInFlight) return false;
    return !this.#isSlowedDown(nowMs) && this.#serving.takes(nowMs);
  }

  #isSlowedDown(nowMs: number): boolean {
    return (
      this.#slowDown !== undefined &&
      nowMs < this.#slowDown.untilMs &&
      this.#slowDown.url === this.#serving?.url
    );
  }
}

/** With a timeout of 0 nothing is sent. */
function timeless(operation: Operation, { timeoutMs }: CallTerms): Failure | undefined {
  if (timeoutMs > 0) return undefined;
  return operation.fail("RECEIVE_TIMEOUT", "send", "No time was given (timeoutMs: 0), so nothing was sent");
}

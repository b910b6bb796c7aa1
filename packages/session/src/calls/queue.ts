import type { RateDecision } from "@outsock/core";
import type { Deadline } from "@outsock/core/internal";
import type { SessionContext } from "../context.ts";
import type { Call } from "./call.ts";
import { Line } from "./line.ts";

export interface QueueHost {
  /** Of the connection that calls go over now. */
  readonly url: string | undefined;
  /** Whether one more may go out now. */
  ready(nowMs: number): boolean;
  /** False when it was not taken after all, and is to wait. */
  send(call: Call): boolean;
}

/** Why the first in the line does not go. */
type Hold = "connection" | "limit";

/**
 * Calls that could not go out at once, in the order they came; what is sent again, and the session's own, go first. Each asks the
 * rate limiter when its turn comes, so that what piled up while there was no connection does not break the limit.
 */
export class Queue implements Deadline {
  atMs = 0;
  index = -1;
  readonly #context: SessionContext;
  readonly #host: QueueHost;
  readonly #first: Line = new Line();
  readonly #line: Line = new Line();
  #busy = false;
  /** The call that the limiter was asked about and has not answered for. */
  #asking: Call | undefined;
  /** The call that is just being given away. */
  #going: Call | undefined;
  #heldUntilMs = Number.NEGATIVE_INFINITY;
  #heldFor: string | undefined;
  hold: Hold = "connection";

  constructor(context: SessionContext, host: QueueHost) {
    this.#context = context;
    this.#host = host;
  }

  get size(): number {
    return this.#first.size + this.#line.size;
  }

  /** Those that count against the bound. */
  get waiting(): number {
    return this.#line.size;
  }

  add(call: Call): void {
    if (!this.#first.has(call)) this.#line.add(call);
  }

  /** Goes before all that `add` put there. */
  addFirst(call: Call): void {
    // A socket may end while it takes the call.
    if (call === this.#going) this.#going = undefined;
    this.#line.delete(call);
    this.#first.add(call);
  }

  delete(call: Call): void {
    if (!this.#first.delete(call)) this.#line.delete(call);
    if (call !== this.#asking) return;
    // What a limiter never answers for must not hold up the others.
    this.#asking = undefined;
    this.#busy = false;
    this.pump();
  }

  /** Empties the line, and answers what was in it. */
  clear(): readonly Call[] {
    this.#context.internals.deadlines.remove(this);
    return [...this.#first.clear(), ...this.#line.clear()];
  }

  /** No call goes out for so long. */
  holdFor(delayMs: number): void {
    this.#holdUntil(this.#context.internals.clock.now() + delayMs, this.#host.url);
  }

  held(nowMs: number): boolean {
    const { url } = this.#host;
    return nowMs < this.#heldUntilMs && (url === undefined || url === this.#heldFor);
  }

  expire(): void {
    this.#heldUntilMs = Number.NEGATIVE_INFINITY;
    this.pump();
  }

  /** Lets go what can go. Called whenever that may have changed. */
  pump(): void {
    if (this.#busy || this.size === 0) return;
    this.#busy = true;
    const nowMs = this.#context.internals.clock.now();
    while (this.#step(nowMs)) {}
    if (this.#asking === undefined) this.#busy = false;
  }

  /** True when the first one has left the line. */
  #step(nowMs: number): boolean {
    const call = this.#head();
    if (call === undefined) return false;
    if (this.held(nowMs)) return this.#stop("limit");
    if (!this.#host.ready(nowMs)) return this.#stop("connection");
    const { url } = this.#host;
    const reserve = call.terms.own ? 0 : this.#context.settings.reserve;
    let decision: RateDecision | Promise<RateDecision>;
    try {
      decision = this.#context.internals.acquire(call.operation, reserve, url);
    } catch (cause) {
      return this.#broken(call, cause);
    }
    if (!(decision instanceof Promise)) return this.#decide(call, decision, url);
    this.#asking = call;
    decision.then(
      (later) => this.#answered(call, () => this.#decide(call, later, url)),
      (cause) => this.#answered(call, () => this.#broken(call, cause)),
    );
    return this.#stop("limit");
  }

  #answered(call: Call, act: () => void): void {
    if (call !== this.#asking) {
      call.operation.refund();
      return;
    }
    this.#asking = undefined;
    act();
    this.#busy = false;
    this.pump();
  }

  /** A permit is for the server that was asked about, and for now: what cannot go with it gives it back. */
  #decide(call: Call, { allowed, retryAfterMs, source }: RateDecision, url: string | undefined): boolean {
    const nowMs = this.#context.internals.clock.now();
    if (allowed) {
      const goes = !call.over && url === this.#host.url && this.#host.ready(nowMs);
      if (!goes) call.operation.refund();
      if (call.over) return true;
      if (!goes) return this.#stop("connection");
      call.operation.start();
      // Who is told of that may abort it.
      return call.over || this.#go(call);
    }
    if (call.over) return true;
    if (retryAfterMs === undefined) {
      const message = "The rate limit never has the permit that this takes; raise it, or lower reserve";
      call.fail(call.operation.refuse(message, { source, retryable: false }));
      return true;
    }
    this.#holdUntil(nowMs + Math.max(1, retryAfterMs), url);
    return this.#stop("limit");
  }

  #broken(call: Call, cause: unknown): boolean {
    call.fail(
      call.operation.refuse("The rate limiter failed, so nothing was sent", { source: "local", cause }),
    );
    return true;
  }

  #go(call: Call): boolean {
    this.#going = call;
    const taken = this.#host.send(call);
    const again = this.#going !== call;
    this.#going = undefined;
    if (!taken) {
      call.operation.refund();
      return this.#stop("connection");
    }
    if (again) return true;
    this.delete(call);
    return true;
  }

  #stop(hold: Hold): false {
    this.hold = hold;
    return false;
  }

  /** By the limit of a server; on another one it does not count. */
  #holdUntil(atMs: number, url: string | undefined): void {
    this.#heldUntilMs = this.#heldFor === url ? Math.max(this.#heldUntilMs, atMs) : atMs;
    this.#heldFor = url;
    this.#context.internals.deadlines.remove(this);
    this.#context.internals.deadlines.add(this, this.#heldUntilMs);
  }

  #head(): Call | undefined {
    return this.#first.front ?? this.#line.front;
  }
}

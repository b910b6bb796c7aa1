import type {
  Channel,
  ChannelClose,
  ChannelEvents,
  IncomingMessage,
  OpenRequest,
  Timer,
} from "@outsock/core";
import type { PoolContext } from "./pool-context.ts";

/** How long an attempt has for itself before another is started beside it (RFC 8305 section 5). */
export const headStartMs = 250;

/** The most dials at the same time that a burst grows to. */
const maxConcurrency = 256;

/** Receives the results of dials that are still wanted, and channels that open although they are not. */
interface DialResults {
  opened(attempt: DialAttempt, channel: Channel, isWanted: boolean): void;
  /** `untilMs`: acquires that were added until then share the failure. */
  failed(error: unknown, untilMs: number): void;
  /** Another dial may be started. */
  ready(): void;
}

/** The dials of one key that are under way, and when the next may start. */
export class Dials {
  readonly #context: PoolContext;
  readonly #results: DialResults;
  readonly #throttle: DialThrottle = new DialThrottle();
  readonly #attempts: Set<DialAttempt> = new Set();
  #timer: Timer | undefined;

  constructor(context: PoolContext, results: DialResults) {
    this.#context = context;
    this.#results = results;
  }

  get size(): number {
    return this.#attempts.size;
  }

  start(request: OpenRequest, nowMs: number): void {
    this.#throttle.started(nowMs);
    const attempt = new DialAttempt(nowMs);
    this.#attempts.add(attempt);
    attempt.open(this.#context, request).then(
      (channel) => this.#opened(attempt, channel),
      (error: unknown) => this.#failed(attempt, error),
    );
  }

  /** A probe was started, which may make a dial unnecessary: it gets a head start as well. */
  probeStarted(nowMs: number): void {
    this.#throttle.started(nowMs);
  }

  /** Milliseconds until the next dial may start. With `mayBeUnneeded` it leaves what is under way its head start. */
  delayMs(mayBeUnneeded: boolean, nowMs: number): number {
    return mayBeUnneeded ? this.#throttle.headStartLeftMs(nowMs) : this.#throttle.delayMs(this.size, nowMs);
  }

  /** Reports `ready` after so many milliseconds. */
  scheduleNext(delayMs: number): void {
    this.#timer = this.#context.settings.clock.schedule(delayMs, () => {
      this.#throttle.increase();
      this.#results.ready();
    });
  }

  cancelNext(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** Aborts the dials beyond this number, the newest first. */
  abortBeyond(count: number): void {
    for (const attempt of [...this.#attempts].slice(count)) {
      this.#attempts.delete(attempt);
      attempt.abort();
    }
  }

  #opened(attempt: DialAttempt, channel: Channel): void {
    const isWanted = this.#attempts.delete(attempt);
    if (isWanted) this.#throttle.increase();
    this.#results.opened(attempt, channel, isWanted);
  }

  #failed(attempt: DialAttempt, error: unknown): void {
    if (!this.#attempts.delete(attempt)) return;
    this.#throttle.reset();
    this.#results.failed(error, attempt.startedAtMs + headStartMs);
  }
}

/**
 * Limits how many dials of one key run at the same time. It starts with one; every success, and every dial that takes long,
 * multiplies the limit by four. So a burst does not wait for long, and does not dial for each of its calls either.
 */
class DialThrottle {
  #concurrency = 1;
  #startedAtMs = Number.NEGATIVE_INFINITY;

  /** A dial or a probe has started. */
  started(nowMs: number): void {
    this.#startedAtMs = nowMs;
  }

  increase(): void {
    this.#concurrency = Math.min(this.#concurrency * 4, maxConcurrency);
  }

  reset(): void {
    this.#concurrency = 1;
  }

  /** Milliseconds until another dial may start beside so many. */
  delayMs(dials: number, nowMs: number): number {
    return dials < this.#concurrency ? 0 : this.headStartLeftMs(nowMs);
  }

  /** What is left of the head start of the attempt that started last. */
  headStartLeftMs(nowMs: number): number {
    return Math.max(0, this.#startedAtMs + headStartMs - nowMs);
  }
}

type EventTarget =
  | { readonly type: "buffer"; readonly replay: ((target: ChannelEvents) => void)[] }
  | { readonly type: "connected"; readonly events: ChannelEvents };

/**
 * One attempt to open a channel of the transport below, for the acquire that is first in the queue when it succeeds. The
 * channel's events are buffered until {@link connect}, as a channel may report some before `open` has resolved.
 */
export class DialAttempt implements ChannelEvents {
  readonly startedAtMs: number;
  readonly #controller: AbortController = new AbortController();
  #target: EventTarget = { type: "buffer", replay: [] };

  constructor(startedAtMs: number) {
    this.startedAtMs = startedAtMs;
  }

  /** An async function, so that it also rejects when the transport throws. */
  async open({ transport }: PoolContext, request: OpenRequest): Promise<Channel> {
    return transport.open({ ...request, signal: this.#controller.signal }, this);
  }

  abort(): void {
    this.#controller.abort();
  }

  /** From now on the channel's events go there, beginning with the buffered ones. */
  connect(events: ChannelEvents): void {
    const before = this.#target;
    this.#target = { type: "connected", events };
    if (before.type === "buffer") for (const replay of before.replay) replay(events);
  }

  message(message: IncomingMessage): void {
    if (this.#target.type === "connected") this.#target.events.message(message);
    else this.#target.replay.push((events) => events.message(message));
  }

  pong(): void {
    if (this.#target.type === "connected") this.#target.events.pong();
  }

  drain(): void {
    if (this.#target.type === "connected") this.#target.events.drain();
  }

  close(close: ChannelClose): void {
    if (this.#target.type === "connected") this.#target.events.close(close);
    else this.#target.replay.push((events) => events.close(close));
  }
}

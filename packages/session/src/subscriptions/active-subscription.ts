import { type ErrorCode, OutsockError } from "@outsock/core";
import type { ServingConnection } from "../calls/call.ts";
import { validate } from "../calls/validate.ts";
import type { SubscribeOptions } from "../options/call-options.ts";
import type { OutgoingCall, Topic } from "../protocol.ts";
import type { Subscription } from "../subscription.ts";
import type { EventSink } from "./topics.ts";

export interface SubscriptionHost {
  /** Removes it, and unsubscribes at the server if that is possible. */
  ended(subscription: ActiveSubscription): Promise<void>;
}

interface SubscriptionStart {
  readonly outgoing: OutgoingCall;
  readonly start: OutgoingCall | undefined;
  readonly options: SubscribeOptions;
  readonly correlationId: string;
}

interface PendingRead {
  resolve(result: IteratorResult<unknown>): void;
  reject(error: unknown): void;
}

const done: IteratorResult<unknown> = { done: true, value: undefined };

/** The caller's side of a subscription: the buffered events and the reads that wait for one. */
export class ActiveSubscription implements Subscription, EventSink {
  readonly outgoing: OutgoingCall;
  /** The call that starts it; undefined if none is needed. */
  readonly start: OutgoingCall | undefined;
  /** The connection that its events arrive on. */
  connection: ServingConnection | undefined;
  topic: Topic | undefined;
  /** A call that starts it is pending. */
  starting = false;
  droppedCount = 0;
  error: OutsockError | undefined;
  readonly #host: SubscriptionHost;
  readonly #options: SubscribeOptions;
  readonly #correlationId: string;
  readonly #buffer: EventBuffer = new EventBuffer();
  readonly #reads: PendingRead[] = [];
  /** Reads that have an event, which the schema is validating. */
  readonly #validating: Set<PendingRead> = new Set();
  #ended = false;
  #stopping: Promise<void> | undefined;
  #paused: ServingConnection | undefined;

  constructor(host: SubscriptionHost, { outgoing, start, options, correlationId }: SubscriptionStart) {
    this.#host = host;
    this.outgoing = outgoing;
    this.start = start;
    this.#options = options;
    this.#correlationId = correlationId;
    options.signal?.addEventListener("abort", this.#abort);
  }

  readonly #abort = (): void => {
    void this.close();
  };

  get state(): "active" | "ended" {
    return this.#ended ? "ended" : "active";
  }

  /**
   * Its events arrive on this connection from now on. Events on the previous one are delivered until it is closed: an event may
   * arrive twice, as documented, but none may be lost.
   */
  bind(connection: ServingConnection, topic: Topic): void {
    this.connection = connection;
    this.topic = topic;
    if (this.#paused !== undefined) this.#pause(connection);
    connection.topics.add(topic, this);
  }

  take(data: unknown): void {
    if (this.#ended) return;
    const next = this.#reads.shift();
    if (next === undefined) this.#bufferEvent(data);
    else this.#deliver(data, next);
  }

  /** The buffered events can still be read; then the loop throws. */
  fail(error: OutsockError): void {
    if (this.#ended) return;
    this.error = error;
    this.#end();
  }

  /** The session is closed: the loop ends after the buffered events. */
  finish(): void {
    this.#end();
  }

  close(): Promise<void> {
    this.#buffer.clear();
    this.#end();
    // A schema may never finish.
    for (const { resolve } of this.#validating) resolve(done);
    this.#validating.clear();
    return this.#stopping ?? Promise.resolve();
  }

  toJSON(): ReturnType<Subscription["toJSON"]> {
    const { state, droppedCount, error } = this;
    return error === undefined ? { state, droppedCount } : { state, droppedCount, error };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  [Symbol.asyncIterator](): AsyncIterator<unknown> {
    return {
      next: () => this.#next(),
      return: () => {
        void this.close();
        return Promise.resolve(done);
      },
    };
  }

  #next(): Promise<IteratorResult<unknown>> {
    return new Promise((resolve, reject) => {
      if (this.#buffer.size > 0) {
        const data = this.#buffer.shift();
        this.#resumeReading();
        this.#deliver(data, { resolve, reject });
      } else if (!this.#ended) {
        this.#reads.push({ resolve, reject });
      } else if (this.error === undefined) {
        resolve(done);
      } else {
        reject(this.error);
      }
    });
  }

  #deliver(data: unknown, read: PendingRead): void {
    const { resolve, reject } = read;
    const { schema } = this.#options;
    if (schema === undefined) {
      resolve({ done: false, value: data });
      return;
    }
    this.#validating.add(read);
    validate(schema, data, (validation) => {
      this.#validating.delete(read);
      if (validation.valid) {
        resolve({ done: false, value: validation.value });
        return;
      }
      const error = this.#failure(
        "INVALID_RESPONSE",
        `An event is invalid: ${validation.problem}`,
        validation.cause,
      );
      this.#buffer.clear();
      this.fail(error);
      reject(error);
    });
  }

  #bufferEvent(data: unknown): void {
    const { maxEvents = 1024, overflow = "close" } = this.#options;
    if (this.#buffer.size < maxEvents) {
      this.#buffer.push(data);
      if (overflow === "pause" && this.#buffer.size >= maxEvents) this.#pause(this.connection);
    } else if (overflow === "pause" && this.#paused !== undefined) {
      // The transport had already read it.
      this.#buffer.push(data);
    } else if (overflow === "drop-oldest") {
      this.#buffer.shift();
      this.#buffer.push(data);
      this.droppedCount += 1;
    } else {
      const message = `${maxEvents} events are unread (maxEvents): read them faster, or raise maxEvents`;
      this.fail(this.#failure("INBOX_OVERFLOW", message));
    }
  }

  #pause(connection: ServingConnection | undefined): void {
    if (connection === undefined || !connection.canPause) return;
    this.#paused?.resume(this);
    this.#paused = connection;
    connection.pause(this);
  }

  #resumeReading(): void {
    const { maxEvents = 1024 } = this.#options;
    if (this.#paused === undefined || this.#buffer.size > maxEvents / 2) return;
    this.#paused.resume(this);
    this.#paused = undefined;
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#options.signal?.removeEventListener("abort", this.#abort);
    this.#paused?.resume(this);
    this.#paused = undefined;
    this.#stopping = this.#host.ended(this);
    for (const { resolve, reject } of this.#reads.splice(0)) {
      if (this.error === undefined) resolve(done);
      else reject(this.error);
    }
  }

  #failure(code: ErrorCode, message: string, cause?: unknown): OutsockError {
    const url = this.connection?.url;
    const correlationId = this.#correlationId;
    return new OutsockError(code, message, {
      phase: "receive",
      sent: "no",
      correlationId,
      url,
      cause,
      retryable: false,
    });
  }
}

/** Events that no loop has read yet, first in, first out. */
class EventBuffer {
  readonly #ring: Map<number, unknown> = new Map();
  #first = 0;
  #next = 0;

  get size(): number {
    return this.#next - this.#first;
  }

  push(event: unknown): void {
    this.#ring.set(this.#next, event);
    this.#next += 1;
  }

  shift(): unknown {
    const event = this.#ring.get(this.#first);
    this.#ring.delete(this.#first);
    this.#first += 1;
    return event;
  }

  clear(): void {
    this.#ring.clear();
    this.#first = this.#next;
  }
}

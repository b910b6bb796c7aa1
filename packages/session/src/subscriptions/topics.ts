import type { Topic } from "../protocol.ts";

/** Receives the events of a topic. */
export interface EventSink {
  take(data: unknown): void;
}

interface EarlyEvent {
  readonly topic: Topic;
  readonly data: unknown;
}

/** How many events are kept for subscriptions that are not yet confirmed. */
const maxEarly = 1024;

/** Routes the events of one connection to its subscriptions. */
export class Topics {
  readonly #sinks: Map<Topic, Set<EventSink>> = new Map();
  readonly #unclaimed: (topic: Topic, data: unknown) => void;
  #early: EarlyEvent[] = [];
  #starting = 0;

  constructor(unclaimed: (topic: Topic, data: unknown) => void) {
    this.#unclaimed = unclaimed;
  }

  add(topic: Topic, sink: EventSink): void {
    const sinks = this.#sinks.get(topic);
    if (sinks === undefined) this.#sinks.set(topic, new Set([sink]));
    else sinks.add(sink);
    const early = this.#early.filter((event) => event.topic === topic);
    if (early.length === 0) return;
    this.#early = this.#early.filter((event) => event.topic !== topic);
    for (const { data } of early) sink.take(data);
  }

  /** True if no subscription uses the topic now. */
  remove(topic: Topic, sink: EventSink): boolean {
    const sinks = this.#sinks.get(topic);
    if (sinks?.delete(sink) !== true || sinks.size > 0) return false;
    return this.#sinks.delete(topic);
  }

  /** A server may send events before it has confirmed their topic: unknown ones are kept until `started`. */
  starting(): void {
    this.#starting += 1;
  }

  started(): void {
    this.#starting -= 1;
    if (this.#starting > 0) return;
    for (const { topic, data } of this.#early.splice(0)) this.#unclaimed(topic, data);
  }

  deliver(topic: Topic, data: unknown): void {
    const sinks = this.#sinks.get(topic);
    if (sinks !== undefined) {
      for (const sink of sinks) sink.take(data);
      return;
    }
    if (this.#starting > 0) this.#keep({ topic, data });
    else this.#unclaimed(topic, data);
  }

  #keep(event: EarlyEvent): void {
    this.#early.push(event);
    const first = this.#early.length > maxEarly ? this.#early.shift() : undefined;
    if (first !== undefined) this.#unclaimed(first.topic, first.data);
  }
}

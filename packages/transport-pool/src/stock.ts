import {
  type Channel,
  type ChannelEvents,
  type OpenRequest,
  type Timer,
  TransportError,
} from "@outsock/core";
import { Lease } from "./lease.ts";
import { Opening } from "./opening.ts";
import { Pace } from "./pace.ts";
import { type ConnectionOwner, PooledConnection, type Probed } from "./pooled-connection.ts";
import type { Shared } from "./shared.ts";
import { Shelf } from "./shelf.ts";
import { Waiter } from "./waiter.ts";

/**
 * The connections of one key, and who waits for one. Whoever came first gets the first that is there: one that is given
 * back, one that has shown that it is alive, or a new one.
 */
export class Stock implements ConnectionOwner {
  readonly key: string;
  readonly shared: Shared;
  readonly #shelf: Shelf;
  readonly #pace: Pace = new Pace();
  readonly #connections: Set<PooledConnection> = new Set();
  readonly #openings: Set<Opening> = new Set();
  readonly #waiting: Waiter[] = [];
  #probes = 0;
  #patience: Timer | undefined;

  constructor(key: string, shared: Shared) {
    this.key = key;
    this.shared = shared;
    this.#shelf = new Shelf(shared);
  }

  open(request: OpenRequest, events: ChannelEvents): Promise<Channel> {
    const waiter = new Waiter(request, events, () => this.#gone(waiter));
    this.#waiting.push(waiter);
    this.#supply();
    return waiter.channel;
  }

  returned(connection: PooledConnection): void {
    this.#shelf.put(connection);
    this.#supply();
  }

  lost(connection: PooledConnection): void {
    this.#connections.delete(connection);
    this.#shelf.remove(connection);
    this.#tidy();
  }

  dispose(): Promise<unknown> {
    for (const waiter of this.#waiting.splice(0)) waiter.fail(disposed());
    this.#abortSurplus();
    this.#stopWaiting();
    const unused = [...this.#connections].filter((connection) => !connection.isLent);
    return Promise.all(unused.map((connection) => connection.retire("disposed", true)));
  }

  #supply(): void {
    const nowMs = this.#now();
    this.#shelf.dropStale(nowMs);
    this.#serve(nowMs);
    this.#abortSurplus();
    while (this.#waiting.length > this.#probes) {
      const doubtful = this.#shelf.takeNewest();
      if (doubtful === undefined) break;
      this.#probe(doubtful, nowMs);
    }
    this.#stopWaiting();
    while (this.#openings.size < this.#waiting.length) {
      const waitMs = this.#waitMs(nowMs);
      if (waitMs > 0) return this.#supplyIn(waitMs);
      this.#dial(nowMs);
    }
    this.#tidy();
  }

  #serve(nowMs: number): void {
    while (this.#waiting.length > 0) {
      const ready = this.#shelf.takeReady(nowMs);
      if (ready === undefined) return;
      this.#give(ready);
    }
  }

  /** To whoever waits longest; `heard` runs between the lending and the answer. */
  #give(connection: PooledConnection, heard: () => void = () => {}): boolean {
    const waiter = this.#waiting.shift();
    if (waiter === undefined) return false;
    const lease = lend(connection, waiter.events);
    heard();
    waiter.serve(lease);
    return true;
  }

  /** Until one more opening may start. A probe may answer instead, so it is given its time. */
  #waitMs(nowMs: number): number {
    const everyoneHasHopes = this.#openings.size + this.#probes >= this.#waiting.length;
    return everyoneHasHopes ? this.#pace.patienceMs(nowMs) : this.#pace.waitMs(this.#openings.size, nowMs);
  }

  /** All requests of a key are alike, so anybody's will do. */
  #dial(nowMs: number): void {
    const [first] = this.#waiting;
    if (first === undefined) return;
    const { request } = first;
    this.#pace.started(nowMs);
    this.#openings.add(
      new Opening(this.shared.transport, request, {
        opened: (opening, channel) => this.#opened(opening, channel),
        failed: (opening, error) => this.#failed(opening, error),
      }),
    );
  }

  #opened(opening: Opening, channel: Channel): void {
    this.#openings.delete(opening);
    this.#pace.succeeded();
    this.shared.tally.openedCount += 1;
    const connection = new PooledConnection(this, channel);
    this.#connections.add(connection);
    const hear = (): void => opening.connect(connection);
    if (!this.#give(connection, hear)) {
      this.#shelf.put(connection);
      hear();
    }
    this.#supply();
  }

  #failed(opening: Opening, error: unknown): void {
    if (!this.#openings.delete(opening)) return;
    this.#pace.failed();
    this.#waiting.shift()?.fail(error);
    this.#supply();
  }

  #probe(connection: PooledConnection, nowMs: number): void {
    if (this.#openings.size + this.#probes === 0) this.#pace.started(nowMs);
    this.#probes += 1;
    connection.probe((outcome) => this.#probed(connection, outcome));
  }

  #probed(connection: PooledConnection, outcome: Probed): void {
    this.#probes -= 1;
    if (outcome === "alive" && !this.#give(connection)) this.#shelf.put(connection);
    // What was idle as long is most likely gone the same way, and need not be found out one by one.
    if (outcome === "silent") this.#shelf.dropRested(this.#now());
    this.#supply();
  }

  #gone(waiter: Waiter): void {
    this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
    this.#supply();
  }

  #abortSurplus(): void {
    for (const opening of [...this.#openings].slice(this.#waiting.length)) {
      this.#openings.delete(opening);
      opening.abort();
    }
  }

  #supplyIn(waitMs: number): void {
    this.#patience = this.shared.settings.clock.schedule(waitMs, () => this.#supply());
  }

  #stopWaiting(): void {
    this.#patience?.cancel();
    this.#patience = undefined;
  }

  #tidy(): void {
    if (this.#connections.size + this.#openings.size + this.#waiting.length === 0) this.shared.emptied(this);
  }

  #now(): number {
    return this.shared.settings.clock.now();
  }
}

function lend(connection: PooledConnection, events: ChannelEvents): Channel {
  connection.lend(events);
  return new Lease(connection, events);
}

export function disposed(): TransportError {
  return new TransportError("DISPOSED", "the pool was disposed of");
}

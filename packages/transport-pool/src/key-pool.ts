import { type Channel, type ChannelEvents, type OpenRequest, TransportError } from "@outsock/core";
import { Dials } from "./dials.ts";
import { IdleConnections } from "./idle-connections.ts";
import type { DialAttempt } from "./opening.ts";
import { patienceMs } from "./pace.ts";
import { PendingAcquires } from "./pending-acquires.ts";
import type { PoolContext } from "./pool-context.ts";
import type { DiscardReason } from "./pool-stats.ts";
import { PooledChannel } from "./pooled-channel.ts";
import { type ConnectionOwner, PooledConnection, type Probed } from "./pooled-connection.ts";
import { Probes } from "./probes.ts";

/**
 * The connections of one key, and who waits for one. Whoever came first gets the first that is there: one that is given
 * back, one that has shown that it is alive, or a new one.
 */
export class KeyPool implements ConnectionOwner {
  readonly key: string;
  readonly shared: PoolContext;
  readonly #line: PendingAcquires = new PendingAcquires();
  readonly #shelf: IdleConnections;
  readonly #dials: Dials;
  readonly #probes: Probes = new Probes();
  readonly #connections: Set<PooledConnection> = new Set();
  /** A dial's, while somebody may still be served without it. */
  #heldError: { readonly error: unknown; readonly untilMs: number } | undefined;
  #supplying: "no" | "yes" | "once more" = "no";

  constructor(key: string, shared: PoolContext) {
    this.key = key;
    this.shared = shared;
    this.#shelf = new IdleConnections(shared);
    this.#dials = new Dials(shared, {
      opened: (opening, channel, isWanted) => this.#opened(opening, channel, isWanted),
      failed: (error, untilMs) => this.#failed(error, untilMs),
      ready: () => this.#supply(),
    });
  }

  get probing(): number {
    return this.#probes.size;
  }

  get isStruck(): boolean {
    return this.shared.strikes.has(this.key, this.#now());
  }

  open(request: OpenRequest, events: ChannelEvents): Promise<Channel> {
    const nowMs = this.#now();
    const ready = this.#line.length === 0 ? this.#shelf.takeReady(nowMs) : undefined;
    if (ready !== undefined) return Promise.resolve(lend(ready, events));
    const channel = this.#line.join(request, events, nowMs, () => this.#supply());
    this.#supply();
    return channel;
  }

  returned(connection: PooledConnection): void {
    this.#shelf.put(connection);
    this.#supply();
  }

  lost(connection: PooledConnection, reason: DiscardReason): void {
    this.#connections.delete(connection);
    this.#shelf.remove(connection);
    if (reason === "unasked-message") {
      this.shared.strikes.add(this.key, this.#now());
      this.#shelf.dropAll("unasked-message");
    }
    this.#supply();
  }

  dispose(): void {
    this.#line.fail(disposed(), this.#now());
    for (const connection of [...this.#connections]) if (!connection.isLent) connection.retire("disposed");
    this.#supply();
  }

  /** What happens meanwhile, as channels may tell their events within a call, is looked at when this is through. */
  #supply(): void {
    if (this.#supplying !== "no") {
      this.#supplying = "once more";
      return;
    }
    do {
      this.#supplying = "yes";
      this.#supplyOnce(this.#now());
    } while (this.#again);
    this.#supplying = "no";
    if (this.#connections.size + this.#dials.size + this.#line.length === 0) this.shared.emptied(this);
  }

  get #again(): boolean {
    return this.#supplying === "once more";
  }

  #supplyOnce(nowMs: number): void {
    this.#shelf.dropStale(nowMs);
    this.#serve(nowMs);
    this.#dials.keepOnly(this.#line.length);
    this.#probe(nowMs);
    this.#settleHeldError();
    this.#dial(nowMs);
  }

  #serve(nowMs: number): void {
    while (this.#line.length > 0) {
      const ready = this.#shelf.takeReady(nowMs);
      if (ready === undefined) return;
      this.#give(ready);
    }
  }

  /** To whoever waits longest. */
  #give(connection: PooledConnection): boolean {
    const waiter = this.#line.next();
    waiter?.serve(lend(connection, waiter.events));
    return waiter !== undefined;
  }

  #probe(nowMs: number): void {
    while (this.#line.length > this.#probes.size) {
      const doubtful = this.#shelf.takeNewest();
      if (doubtful === undefined) return;
      this.#dials.startedBeside(nowMs);
      this.#probes.start(doubtful, nowMs, (outcome) => this.#probed(doubtful, outcome));
    }
  }

  #probed(connection: PooledConnection, outcome: Probed): void {
    if (outcome === "alive" && !this.#give(connection)) this.#shelf.put(connection);
    // What was idle as long is most likely gone the same way, and need not be found out one by one.
    if (outcome === "silent") this.#shelf.dropRested(this.#now());
    this.#supply();
  }

  #dial(nowMs: number): void {
    this.#dials.stopWaiting();
    while (this.#dials.size < this.#line.length && this.#heldError === undefined) {
      // A probe may answer instead, so it is given its time.
      const hopes = this.#dials.size + this.#probes.youngerThan(patienceMs, nowMs);
      const waitMs = this.#dials.waitMs(hopes >= this.#line.length, nowMs);
      if (waitMs > 0) return this.#dials.wait(waitMs);
      const { request } = this.#line;
      if (request === undefined) return;
      this.#dials.start(request, nowMs);
    }
  }

  #opened(opening: DialAttempt, channel: Channel, isWanted: boolean): void {
    this.shared.tally.openedCount += 1;
    const connection = new PooledConnection(this, channel);
    this.#connections.add(connection);
    const waiter = isWanted ? this.#line.next() : undefined;
    const lease = waiter === undefined ? undefined : lend(connection, waiter.events);
    if (lease === undefined) connection.retire("unneeded");
    opening.connect(connection);
    if (lease !== undefined) waiter?.serve(lease);
    this.#supply();
  }

  /**
   * A failure is that of one call. While nothing of the key is open it is that of all who came with the dial or soon after: they
   * would fail in the same way, one after the other.
   */
  #failed(error: unknown, untilMs: number): void {
    if (this.#connections.size === 0) this.#line.fail(error, untilMs);
    else this.#heldError = { error, untilMs };
    this.#supply();
  }

  /** Whoever may still be served by an attempt under way does not fail for another. */
  #settleHeldError(): void {
    const held = this.#heldError;
    if (held === undefined) return;
    const hopeless = this.#line.length - this.#dials.size - this.#probes.size;
    if (hopeless > 0) this.#line.fail(held.error, held.untilMs, 1);
    if (hopeless > 0 || this.#probes.size === 0) this.#heldError = undefined;
  }

  #now(): number {
    return this.shared.settings.clock.now();
  }
}

function lend(connection: PooledConnection, events: ChannelEvents): Channel {
  connection.lend(events);
  return new PooledChannel(connection, events);
}

export function disposed(): TransportError {
  return new TransportError("DISPOSED", "the pool was disposed of");
}

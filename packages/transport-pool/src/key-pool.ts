import { type Channel, type ChannelEvents, type OpenRequest, TransportError } from "@outsock/core";
import { type DialAttempt, Dials, headStartMs } from "./dials.ts";
import { IdleConnections, type IdleEvictor } from "./idle-connections.ts";
import { PendingAcquires } from "./pending-acquires.ts";
import type { PoolContext } from "./pool-context.ts";
import type { DiscardReason } from "./pool-stats.ts";
import { PooledChannel } from "./pooled-channel.ts";
import { type ConnectionOwner, PooledConnection, type ProbeResult } from "./pooled-connection.ts";

/**
 * The connections of one key, and the acquires that wait for one. The oldest acquire gets the first connection that is
 * available: one that is given back, one that has answered a probe, or a new one.
 */
export class KeyPool implements ConnectionOwner {
  readonly context: PoolContext;
  readonly #key: string;
  readonly #onEmpty: () => void;
  readonly #pending: PendingAcquires = new PendingAcquires();
  readonly #idle: IdleConnections;
  readonly #dials: Dials;
  /** The connections that are being probed, each with the moment when that began. */
  readonly #probes: Map<PooledConnection, number> = new Map();
  readonly #connections: Set<PooledConnection> = new Set();
  /** The error of a dial, while a probe may still serve its acquire. */
  #heldError: { readonly error: unknown; readonly untilMs: number } | undefined;
  #supplying: "no" | "yes" | "once more" = "no";

  constructor(key: string, context: PoolContext, evictor: IdleEvictor, onEmpty: () => void) {
    this.context = context;
    this.#key = key;
    this.#onEmpty = onEmpty;
    this.#idle = new IdleConnections(context.settings, evictor);
    this.#dials = new Dials(context, {
      opened: (attempt, channel, isWanted) => this.#opened(attempt, channel, isWanted),
      failed: (error, untilMs) => this.#failed(error, untilMs),
      ready: () => this.#supply(),
    });
  }

  get probing(): number {
    return this.#probes.size;
  }

  get isUnsolicited(): boolean {
    return this.context.unsolicitedKeys.has(this.#key, this.#now());
  }

  acquire(request: OpenRequest, events: ChannelEvents): Promise<Channel> {
    const nowMs = this.#now();
    const ready = this.#pending.length === 0 ? this.#idle.takeReady(nowMs) : undefined;
    if (ready !== undefined) return Promise.resolve(lend(ready, events));
    const channel = this.#pending.add(request, events, nowMs, () => this.#supply());
    this.#supply();
    return channel;
  }

  available(connection: PooledConnection): void {
    this.#idle.add(connection);
    this.#supply();
  }

  discarded(connection: PooledConnection, reason: DiscardReason): void {
    this.#connections.delete(connection);
    this.#idle.remove(connection);
    if (reason === "unsolicited-message") {
      this.context.unsolicitedKeys.add(this.#key, this.#now());
      this.#idle.retireAll("unsolicited-message");
    }
    this.#supply();
  }

  dispose(): void {
    this.#pending.reject(poolDisposed(), this.#now());
    for (const connection of [...this.#connections]) if (!connection.isLent) connection.retire("disposed");
    this.#supply();
  }

  /** Channels may report events within a call, so this may be called again before it is through: it then runs once more. */
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
    if (this.#connections.size + this.#dials.size + this.#pending.length === 0) this.#onEmpty();
  }

  get #again(): boolean {
    return this.#supplying === "once more";
  }

  #supplyOnce(nowMs: number): void {
    this.#idle.retireExpired(nowMs);
    this.#serve(nowMs);
    this.#dials.abortBeyond(this.#pending.length);
    this.#probe(nowMs);
    this.#settleHeldError();
    this.#dial(nowMs);
  }

  #serve(nowMs: number): void {
    while (this.#pending.length > 0) {
      const ready = this.#idle.takeReady(nowMs);
      if (ready === undefined) return;
      this.#serveNext(ready);
    }
  }

  /** False if there is no acquire to serve. */
  #serveNext(connection: PooledConnection): boolean {
    const acquire = this.#pending.shift();
    acquire?.resolve(lend(connection, acquire.events));
    return acquire !== undefined;
  }

  #probe(nowMs: number): void {
    while (this.#pending.length > this.#probes.size) {
      const connection = this.#idle.takeNewest();
      if (connection === undefined) return;
      this.#dials.probeStarted(nowMs);
      this.#probes.set(connection, nowMs);
      connection.probe((result) => this.#probed(connection, result));
    }
  }

  #probed(connection: PooledConnection, result: ProbeResult): void {
    this.#probes.delete(connection);
    if (result === "alive" && !this.#serveNext(connection)) this.#idle.add(connection);
    // Others that have been idle for as long are most likely dead too. Probing each would take a time-out each.
    if (result === "silent") this.#idle.retireUnprobed(this.#now());
    this.#supply();
  }

  #dial(nowMs: number): void {
    this.#dials.cancelNext();
    while (this.#dials.size < this.#pending.length && this.#heldError === undefined) {
      const expected = this.#dials.size + this.#youngProbes(nowMs);
      const delayMs = this.#dials.delayMs(expected >= this.#pending.length, nowMs);
      if (delayMs > 0) return this.#dials.scheduleNext(delayMs);
      const { request } = this.#pending;
      if (request === undefined) return;
      this.#dials.start(request, nowMs);
    }
  }

  /** Probes that are still in their head start: each may serve an acquire without a dial. */
  #youngProbes(nowMs: number): number {
    return [...this.#probes.values()].filter((startedAtMs) => nowMs - startedAtMs < headStartMs).length;
  }

  #opened(attempt: DialAttempt, channel: Channel, isWanted: boolean): void {
    this.context.counters.opened();
    const connection = new PooledConnection(this, channel);
    this.#connections.add(connection);
    const acquire = isWanted ? this.#pending.shift() : undefined;
    const pooled = acquire === undefined ? undefined : lend(connection, acquire.events);
    if (pooled === undefined) connection.retire("unneeded");
    attempt.connect(connection);
    if (pooled !== undefined) acquire?.resolve(pooled);
    this.#supply();
  }

  /**
   * With an open connection of the key a failure is that of one acquire. Without one it is that of all acquires that came with
   * the dial or soon after: they would fail in the same way, one after the other.
   */
  #failed(error: unknown, untilMs: number): void {
    if (this.#connections.size === 0) this.#pending.reject(error, untilMs);
    else this.#heldError = { error, untilMs };
    this.#supply();
  }

  /** Only an acquire that no dial or probe under way can serve fails for another's dial. */
  #settleHeldError(): void {
    const held = this.#heldError;
    if (held === undefined) return;
    const unserved = this.#pending.length - this.#dials.size - this.#probes.size;
    if (unserved > 0) this.#pending.reject(held.error, held.untilMs, 1);
    if (unserved > 0 || this.#probes.size === 0) this.#heldError = undefined;
  }

  #now(): number {
    return this.context.settings.clock.now();
  }
}

function lend(connection: PooledConnection, events: ChannelEvents): Channel {
  connection.lend(events);
  return new PooledChannel(connection, events);
}

export function poolDisposed(): TransportError {
  return new TransportError("DISPOSED", "the pool was disposed of");
}

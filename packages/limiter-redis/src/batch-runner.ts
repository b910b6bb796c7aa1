import type { Ask } from "./ask.ts";
import { decode, encode, type Trip, type TripAnswer } from "./batch.ts";
import type { Cargo } from "./batch-results.ts";
import type { Decisions } from "./decisions.ts";
import type { State } from "./limiter-state.ts";
import type { RunScript } from "./redis-client.ts";
import { tripScript } from "./scripts.ts";

/** More asks in one trip would hold up everybody else's Redis. */
const mostAsks = 500;

/** One trip at a time; who asks meanwhile goes with the next, in the order of the calls. */
export class Trips {
  readonly #state: State;
  readonly #run: RunScript;
  readonly #cargo: Cargo;
  readonly #decisions: Decisions;
  #queue: Ask[] = [];
  #underWay: Trip | undefined;
  #sentCount = 0;

  constructor(state: State, run: RunScript, cargo: Cargo, decisions: Decisions) {
    this.#state = state;
    this.#run = run;
    this.#cargo = cargo;
    this.#decisions = decisions;
  }

  get sentCount(): number {
    return this.#sentCount;
  }

  /** Somebody is in line already. */
  get isQueued(): boolean {
    return this.#queue.length > 0;
  }

  join(ask: Ask, nowMs: number): void {
    this.#queue.push(ask);
    if (this.#underWay === undefined) this.#send(nowMs);
  }

  /** Whether to join is of use now. While Redis is away, one at a time finds out whether it is back. */
  canTry(nowMs: number): boolean {
    const { availability } = this.#state;
    return availability.isUp || (this.#underWay === undefined && availability.mayTry(nowMs));
  }

  /** Permits go back to Redis, with whoever asks in this turn. */
  flushSoon(): void {
    queueMicrotask(() => {
      if (this.#underWay === undefined && this.#state.availability.isUp) this.#advance(this.#now());
    });
  }

  #send(nowMs: number): void {
    const { settings } = this.#state;
    const asks = this.#queue.splice(0, mostAsks).filter((ask) => !ask.isSettled);
    const trip = this.#cargo.load(asks, nowMs);
    this.#sentCount += 1;
    this.#underWay = trip;
    this.#watch(trip, settings.commandTimeoutMs, () => this.#expire(trip));
    this.#run(tripScript, settings.key, encode(trip, settings)).then(
      (reply) => this.#arrive(trip, reply),
      (error) => this.#fail(trip, error),
    );
  }

  #watch(trip: Trip, delayMs: number, then: () => void): void {
    trip.timer = this.#state.settings.clock.schedule(delayMs, then);
    if (trip.asks.length === 0) trip.timer.unref();
  }

  /** After a freeze timers run before what has come is read: where this one is late, the answer may be there. */
  #expire(trip: Trip): void {
    const overtimeMs = this.#now() - trip.sentMs - this.#state.settings.commandTimeoutMs;
    if (overtimeMs > 1) this.#watch(trip, 1, () => this.#giveUp(trip));
    else this.#giveUp(trip);
  }

  #arrive(trip: Trip, reply: unknown): void {
    let answer: TripAnswer;
    try {
      answer = decode(reply, trip);
    } catch (error) {
      return this.#fail(trip, error);
    }
    const nowMs = this.#now();
    if (this.#underWay !== trip) return this.#arriveLate(trip, answer, nowMs);
    this.#leave(trip);
    this.#state.availability.answered();
    const again = this.#cargo.deliver(trip, answer, nowMs);
    if (again.length > 0) this.#queue = [...again, ...this.#queue];
    this.#advance(nowMs);
  }

  #arriveLate(trip: Trip, answer: TripAnswer, nowMs: number): void {
    this.#state.availability.ended(trip);
    this.#cargo.deliverLate(trip, answer, nowMs);
    if (this.#cargo.isDue) this.flushSoon();
  }

  #fail(trip: Trip, error: unknown): void {
    const nowMs = this.#now();
    this.#cargo.abandon(trip, nowMs);
    if (this.#underWay !== trip) return this.#state.availability.ended(trip);
    this.#state.availability.failed(error, nowMs);
    this.#decideAll(trip, nowMs);
  }

  #giveUp(trip: Trip): void {
    const { availability, settings } = this.#state;
    const nowMs = this.#now();
    const error = new Error(`Redis did not answer within ${settings.commandTimeoutMs} ms`);
    availability.failed(error, nowMs, trip);
    this.#decideAll(trip, nowMs);
  }

  #decideAll(trip: Trip, nowMs: number): void {
    this.#leave(trip);
    this.#cargo.lose(trip);
    const asks = [...trip.asks, ...this.#queue];
    this.#queue = [];
    for (const ask of asks) {
      if (!ask.isSettled) ask.resolve(this.#decisions.withoutRedis(ask.cost, ask.reserve, nowMs));
    }
  }

  #leave(trip: Trip): void {
    trip.timer?.cancel();
    this.#underWay = undefined;
  }

  /** Answers those in line who need no trip after the last one, and sends the next for the others. */
  #advance(nowMs: number): void {
    let answered = 0;
    for (const ask of this.#queue) {
      if (!ask.isSettled) {
        const decision = this.#decisions.here(ask.cost, ask.reserve, nowMs, true);
        if (decision === undefined) break;
        ask.resolve(decision);
      }
      answered += 1;
    }
    this.#queue.splice(0, answered);
    if (this.#queue.length > 0 || this.#cargo.isDue) this.#send(nowMs);
  }

  #now(): number {
    return this.#state.settings.clock.now();
  }
}

import type { Clock } from "../ports/clock.ts";
import type { RateDecision, RateLimiter } from "../ports/rate-limiter.ts";

/** What an operation does to a server. */
export type ServerAction = "connect" | "message" | "request";

/** What an operation will do, and to which server, for the limits of servers. */
export interface OperationTarget {
  readonly action?: ServerAction | undefined;
  /** Redacted. */
  readonly url?: string | undefined;
}

export const anywhere: OperationTarget = {};

/** One of several limiters that are asked together. */
export interface LimiterPart {
  readonly limiter: RateLimiter;
  /** What it is asked for, whatever the others are asked for. Default: the cost of the whole. */
  readonly cost?: number;
  /** The most that it is asked to keep free: a small reserve of the whole may be more than a small limit has. */
  readonly maxReserve?: number;
}

/** Which limiters an operation asks: the manager's own, and with `serverLimits` those of its server as well. */
export interface Limiters {
  /** The manager's own limiter. */
  readonly own: RateLimiter;
  /** Whether it matters where an operation goes. */
  readonly perServer: boolean;
  /** The limiter to ask. @throws NoLimiterError where a function of `serverLimits` made none. */
  of(target: OperationTarget): RateLimiter;
  /** Its parts, for what is counted in each and never refused. */
  partsOf(target: OperationTarget): readonly LimiterPart[];
  /** What the manager's own limiter refused, so that no operation can go, whatever its server. */
  ownRefusal(limiter: RateLimiter, decision: RateDecision): RateDecision | undefined;
}

/** In the registry of symbols, so that a manager of another copy finds it; its number goes up when `Limiters` changes. */
export const joinLimits: unique symbol = Symbol.for("@outsock/core/serverLimits/1");

/** The limits of servers, as `serverLimits` makes them for the manager's option `limits`. */
export interface ServerLimits {
  /** Joins them with a manager's own limiter. For managers alone. */
  [joinLimits](own: RateLimiter, clock: Clock): Limiters;
}

/** A function of `serverLimits` that makes no limiter: a mistake in the program, which waiting does not mend. */
export class NoLimiterError extends Error {}

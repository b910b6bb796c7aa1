import type { Clock, RateLimiter, StatsSink, Transport, WebSocketManager } from "@outsock/core";
import type { InjectionToken } from "tsyringe";

interface Tokens {
  readonly manager: InjectionToken<WebSocketManager>;
  readonly transport: InjectionToken<Transport>;
  readonly clock: InjectionToken<Clock>;
  readonly rateLimiter: InjectionToken<RateLimiter>;
  readonly statsSink: InjectionToken<StatsSink>;
}

/** `Symbol.for`: the same tokens in every loaded copy of this package. */
function token<T>(name: string): InjectionToken<T> {
  return Symbol.for(`@outsock/container/${name}`);
}

/** What the manager is registered under, and the ports it is built from. */
export const tokens: Tokens = {
  manager: token("manager"),
  transport: token("transport"),
  clock: token("clock"),
  rateLimiter: token("rateLimiter"),
  statsSink: token("statsSink"),
};

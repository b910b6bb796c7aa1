import { PerUrl } from "../adapter/per-url.ts";
import { checkOptions } from "../options/checks.ts";
import type { Clock } from "../ports/clock.ts";
import type { RateDecision, RateLimiter } from "../ports/rate-limiter.ts";
import { Composite, checkLimiter } from "./composite.ts";
import {
  joinLimits,
  type LimiterPart,
  type Limiters,
  NoLimiterError,
  type OperationTarget,
  type ServerAction,
  type ServerLimits,
} from "./limiters.ts";

/**
 * One limiter for all servers, or a function that makes one for each host (`example.com:8443`). The function is called when the
 * host is first used, and again when the host was idle while very many others were used.
 */
export type ServerLimit = RateLimiter | ((host: string) => RateLimiter);

/** What servers allow. */
export interface ServerLimitsOptions {
  /** A permit for each handshake: of `connect`, of `request`, of a session's attempts to connect. */
  readonly connect?: ServerLimit | undefined;
  /** A permit for each message: of `send`, of `request`, of a session's calls and notifications. */
  readonly message?: ServerLimit | undefined;
}

/**
 * The limits that servers publish, for the manager's option `limits`: an operation needs the permits of `rateLimiter` and of its
 * server, or takes none. `reset` leaves them as they are, as servers do not forget.
 *
 * @throws TypeError for an unknown option, and for anything but limiters with `refund` and functions.
 *
 * @example
 * const limits = serverLimits({ message: (host) => slidingWindow({ limit: 5 }) });
 * const manager = createWebSocketManager({ transport, limits });
 */
export function serverLimits(options: ServerLimitsOptions): ServerLimits {
  checkOptions("serverLimits", { connect: () => undefined, message: () => undefined }, options);
  const limits = { ...options };
  for (const [kind, limit] of Object.entries(limits)) {
    if (limit !== undefined && typeof limit !== "function") checkLimiter(`serverLimits: ${kind}`, limit);
  }
  return { [joinLimits]: (own, clock) => new ServerLimiters(own, limits, clock) };
}

function makeLimiter(
  kind: keyof ServerLimitsOptions,
  make: (host: string) => RateLimiter,
  host: string,
): RateLimiter {
  try {
    const limiter = make(host);
    checkLimiter(`serverLimits: ${kind}`, limiter);
    return limiter;
  } catch (cause) {
    throw new NoLimiterError(`serverLimits: ${kind} made no rate limiter for ${host}`, { cause });
  }
}

/** Idle limiters of hosts are forgotten when there are more than this. */
const manyHosts = 1_000;

/** The limits that are asked together, and one limiter that asks them. */
interface JoinedLimiters {
  readonly limiter: RateLimiter;
  readonly parts: readonly LimiterPart[];
}

class ServerLimiters implements Limiters {
  readonly perServer = true;
  readonly own: RateLimiter;
  readonly #own: JoinedLimiters;
  readonly #limits: ServerLimitsOptions;
  readonly #clock: Clock;
  readonly #made: { readonly [Kind in keyof ServerLimitsOptions]-?: Map<string, RateLimiter> };
  readonly #joined: { readonly [Action in ServerAction]: Map<string, JoinedLimiters> };
  readonly #hosts: PerUrl<string> = new PerUrl((url) => new URL(url).host);
  #sweepAt = manyHosts;

  constructor(own: RateLimiter, limits: ServerLimitsOptions, clock: Clock) {
    this.own = own;
    this.#own = { limiter: own, parts: [{ limiter: own }] };
    this.#limits = limits;
    this.#clock = clock;
    this.#made = { connect: new Map(), message: new Map() };
    this.#joined = { connect: new Map(), message: new Map(), request: new Map() };
  }

  of(target: OperationTarget): RateLimiter {
    return this.#of(target).limiter;
  }

  partsOf(target: OperationTarget): readonly LimiterPart[] {
    return this.#of(target).parts;
  }

  ownRefusal(limiter: RateLimiter, decision: RateDecision): RateDecision | undefined {
    return limiter === this.own ? decision : Composite.firstRefusal(decision);
  }

  #of({ action, url }: OperationTarget): JoinedLimiters {
    if (action === undefined || url === undefined) return this.#own;
    const kinds = action === "request" ? (["connect", "message"] as const) : [action];
    // Limiters for all servers together are joined once.
    const host = kinds.some((kind) => typeof this.#limits[kind] === "function") ? this.#hosts.of(url) : "";
    return this.#joined[action].get(host) ?? this.#join(action, kinds, host);
  }

  #join(action: ServerAction, kinds: readonly (keyof ServerLimitsOptions)[], host: string): JoinedLimiters {
    const parts: LimiterPart[] = [...this.#own.parts];
    for (const kind of kinds) {
      const limiter = this.#limiterOf(kind, host);
      if (limiter === undefined) continue;
      const { limit } = limiter.usage({ now: this.#clock.now() });
      // A tenth, as a session keeps of the manager's own limit.
      parts.push({ limiter, cost: 1, maxReserve: Math.floor(limit / 10) });
    }
    const joined = parts.length === 1 ? this.#own : { limiter: new Composite(parts), parts };
    this.#joined[action].set(host, joined);
    return joined;
  }

  #limiterOf(kind: keyof ServerLimitsOptions, host: string): RateLimiter | undefined {
    const limit = this.#limits[kind];
    if (typeof limit !== "function") return limit;
    const made = this.#made[kind];
    let limiter = made.get(host);
    if (limiter === undefined) {
      if (made.size >= this.#sweepAt) this.#forgetIdle();
      limiter = makeLimiter(kind, limit, host);
      made.set(host, limiter);
    }
    return limiter;
  }

  #forgetIdle(): void {
    const now = this.#clock.now();
    for (const made of Object.values(this.#made)) {
      for (const [host, limiter] of made) {
        if (limiter.usage({ now }).used > 0) continue;
        made.delete(host);
        for (const joined of Object.values(this.#joined)) joined.delete(host);
      }
    }
    // Where few are idle, looking again soon would be in vain.
    const left = Math.max(this.#made.connect.size, this.#made.message.size);
    this.#sweepAt = Math.max(manyHosts, 2 * left);
  }
}

import { PerUrl } from "../adapter/per-url.ts";
import { checkOptions } from "../options/checks.ts";
import type { Clock } from "../ports/clock.ts";
import type { RateDecision, RateLimiter } from "../ports/rate-limiter.ts";
import { Composite, checkLimiter, type Part } from "./composite.ts";

/**
 * One limiter for all servers, or a function that makes one for each host (`example.com:8443`), called when the host is first gone to,
 * and again when it was idle and very many others came.
 */
export type ServerLimit = RateLimiter | ((host: string) => RateLimiter);

/** What servers allow, besides the manager's own limit. */
export interface ServerLimits {
  /** A permit for each handshake: of `connect`, of a `request`, of a session's attempts. */
  readonly connect?: ServerLimit | undefined;
  /** A permit for each message: of `send`, of a `request`, of a session's calls and notifications. */
  readonly message?: ServerLimit | undefined;
}

/** @throws TypeError for something else than limiters with `refund` and functions. */
export function checkServerLimits(where: string, limits: ServerLimits): void {
  const known = { connect: () => undefined, message: () => undefined };
  checkOptions(where, known, limits);
  for (const [kind, limit] of Object.entries(limits)) {
    if (limit !== undefined && typeof limit !== "function") checkLimiter(`${where}.${kind}`, limit);
  }
}

/** A function of `limits` that makes no limiter: a mistake that waiting does not mend. */
export class NoLimiter extends Error {}

function makeLimiter(
  kind: keyof ServerLimits,
  make: (host: string) => RateLimiter,
  host: string,
): RateLimiter {
  try {
    const limiter = make(host);
    checkLimiter(`limits.${kind}`, limiter);
    return limiter;
  } catch (cause) {
    throw new NoLimiter(`limits.${kind} made no rate limiter for ${host}`, { cause });
  }
}

/** What an operation will do to a server. */
export type ServerAction = "connect" | "message" | "request";

/** More limiters of hosts than this, and those that are idle are forgotten. */
const manyHosts = 1_000;

/** The limits that are asked together, and one limiter that does so. */
interface Joined {
  readonly limiter: RateLimiter;
  readonly parts: readonly Part[];
}

/** The manager's own limiter, together with those of the server that an operation goes to. */
export class Limits {
  readonly #own: Joined;
  readonly #limits: ServerLimits | undefined;
  readonly #clock: Clock;
  readonly #made: { readonly [Kind in keyof ServerLimits]-?: Map<string, RateLimiter> };
  readonly #joined: { readonly [Kind in ServerAction]: Map<string, Joined> };
  readonly #hosts: PerUrl<string> = new PerUrl((url) => new URL(url).host);
  #sweepAt = manyHosts;

  constructor(own: RateLimiter, limits: ServerLimits | undefined, clock: Clock) {
    this.#own = { limiter: own, parts: [{ limiter: own }] };
    this.#limits = limits;
    this.#clock = clock;
    this.#made = { connect: new Map(), message: new Map() };
    this.#joined = { connect: new Map(), message: new Map(), request: new Map() };
  }

  /** Whether it matters where an operation goes. */
  get any(): boolean {
    return this.#limits !== undefined;
  }

  /** Whether it was the manager's own limiter that refused, so that nobody can go whoever he wants to. */
  ownRefused(limiter: RateLimiter, decision: RateDecision): boolean {
    return limiter === this.#own.limiter || Composite.firstRefused(decision);
  }

  /** Whom to ask. @throws NoLimiter where the function for a host throws, or answers something else. */
  of(action: ServerAction | undefined, url: string | undefined): RateLimiter {
    return this.#of(action, url).limiter;
  }

  /** Who counts, one by one: what happens anyway counts wherever there is room. */
  partsOf(action: ServerAction | undefined, url: string | undefined): readonly Part[] {
    return this.#of(action, url).parts;
  }

  #of(action: ServerAction | undefined, url: string | undefined): Joined {
    if (this.#limits === undefined || action === undefined || url === undefined) return this.#own;
    const kinds = action === "request" ? (["connect", "message"] as const) : [action];
    // Limiters for all servers together are joined once.
    const host = kinds.some((kind) => typeof this.#limits?.[kind] === "function") ? this.#hosts.of(url) : "";
    return this.#joined[action].get(host) ?? this.#join(action, kinds, host);
  }

  #join(action: ServerAction, kinds: readonly (keyof ServerLimits)[], host: string): Joined {
    const parts: Part[] = [...this.#own.parts];
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

  #limiterOf(kind: keyof ServerLimits, host: string): RateLimiter | undefined {
    const limit = this.#limits?.[kind];
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

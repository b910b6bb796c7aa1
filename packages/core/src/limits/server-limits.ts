import { checkOptions } from "../options/checks.ts";
import { PerUrl } from "../per-url.ts";
import type { Clock } from "../ports/clock.ts";
import type { RateLimiter } from "../ports/rate-limiter.ts";
import { Composite, checkLimiter, type Part } from "./composite.ts";

/** One limiter for all servers, or a function that makes one for each host (`example.com:8443`), called once for each. */
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

/** What an operation will do to a server. */
export type Doing = "connect" | "message" | "request";

/** More hosts than this, and those that are idle are forgotten. */
const manyHosts = 1_000;

/** The manager's own limiter, together with those of the server that an operation goes to. */
export class Limits {
  readonly #own: RateLimiter;
  readonly #limits: ServerLimits | undefined;
  readonly #clock: Clock;
  readonly #made: { readonly [Kind in keyof ServerLimits]-?: Map<string, RateLimiter> };
  readonly #joined: { readonly [Kind in Doing]: Map<string, RateLimiter> };
  readonly #hosts: PerUrl<string> = new PerUrl((url) => new URL(url).host);

  constructor(own: RateLimiter, limits: ServerLimits | undefined, clock: Clock) {
    this.#clock = clock;
    this.#own = own;
    this.#limits = limits;
    this.#made = { connect: new Map(), message: new Map() };
    this.#joined = { connect: new Map(), message: new Map(), request: new Map() };
  }

  /** Whether it matters where an operation goes. */
  get any(): boolean {
    return this.#limits !== undefined;
  }

  /** Whom to ask. @throws TypeError where the function for a host answers no limiter, and what it throws. */
  of(doing: Doing | undefined, url: string | undefined): RateLimiter {
    if (this.#limits === undefined || doing === undefined || url === undefined) return this.#own;
    const host = this.#hosts.of(url);
    const known = this.#joined[doing].get(host);
    if (known !== undefined) return known;
    const parts: Part[] = [{ limiter: this.#own }];
    for (const kind of ["connect", "message"] as const) {
      const limiter = doing === kind || doing === "request" ? this.#limiterOf(kind, host) : undefined;
      if (limiter === undefined) continue;
      // A tenth, as a session keeps of the manager's own limit.
      parts.push({
        limiter,
        cost: 1,
        maxReserve: Math.floor(limiter.usage({ now: this.#clock.now() }).limit / 10),
      });
    }
    const joined = parts.length === 1 ? this.#own : new Composite(parts);
    this.#joined[doing].set(host, joined);
    return joined;
  }

  #limiterOf(kind: keyof ServerLimits, host: string): RateLimiter | undefined {
    const limit = this.#limits?.[kind];
    if (typeof limit !== "function") return limit;
    const made = this.#made[kind];
    let limiter = made.get(host);
    if (limiter === undefined) {
      if (made.size >= manyHosts) this.#forgetIdle();
      limiter = limit(host);
      checkLimiter(`limits.${kind}`, limiter);
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
  }
}

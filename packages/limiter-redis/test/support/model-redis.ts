import type { Clock } from "@outsock/core";
import { manualClock } from "@outsock/core/testing";
import type { NodeRedisClient, RedisLimiter, RedisLimiterOptions } from "../../src/index.ts";
import { redisLimiter } from "../../src/index.ts";

/** A batch as the server received it. */
interface SeenBatch {
  readonly atMs: number;
  readonly marginMs: number;
  readonly spare: number;
  readonly returned: readonly string[];
  readonly unreported: readonly { readonly ageMs: number; readonly count: number }[];
  readonly acquires: readonly { readonly cost: number; readonly reserve: number }[];
}

/** Does what the script does, by a clock that tests move, with replies that arrive when tests say. */
export class ModelRedis implements NodeRedisClient {
  readonly batches: SeenBatch[] = [];
  /** The last moment at which each permit may be used. */
  readonly permits: Map<string, number> = new Map();
  /** How long a command takes to reach the server, and the reply to come back. */
  thereMs = 0;
  backMs = 0;
  /** Commands fail at once. */
  failure: Error | undefined;
  /** Commands that wait for `resume`. */
  #held: (() => void)[] | undefined;
  #resets = 0;
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get resetsCount(): number {
    return this.#resets;
  }

  hang(): void {
    this.#held ??= [];
  }

  resume(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const go of held) go();
  }

  async evalSha(_sha: string, options: { keys: string[]; arguments: string[] }): Promise<unknown> {
    if (this.failure !== undefined) throw this.failure;
    await this.#wait(this.thereMs);
    if (this.#held !== undefined) await new Promise<void>((go) => this.#held?.push(go));
    const reply = options.arguments.length === 0 ? this.#reset() : this.#batch(options.arguments);
    await this.#wait(this.backMs);
    return reply;
  }

  eval(): Promise<unknown> {
    return Promise.reject(new Error("the model knows every script"));
  }

  #wait(ms: number): Promise<void> {
    return ms === 0 ? Promise.resolve() : new Promise((go) => this.#clock.schedule(ms, go));
  }

  #reset(): number {
    this.#resets += 1;
    this.permits.clear();
    return 1;
  }

  #batch(values: readonly string[]): readonly number[] {
    const nowMs = this.#clock.now();
    const at = reader(values);
    const [limit, windowMs, marginMs] = [at.number(), at.number() / 1_000, at.number() / 1_000];
    at.number();
    const prefix = at.text();
    const [spare, returns, entries] = [at.number(), at.number(), at.number()];
    const returned = at.times(returns, () => at.names()).flat();
    const unreported = at.times(entries, () => ({
      prefix: at.text(),
      ageMs: at.number() / 1_000,
      count: at.number(),
    }));
    const acquires = at.rest(() => ({ cost: at.number(), reserve: at.number() }));
    this.batches.push({ atMs: nowMs, marginMs, spare, returned, unreported, acquires });
    for (const name of returned) this.permits.delete(name);
    for (const { prefix, ageMs, count } of unreported) this.#add(prefix, 0, count, nowMs - ageMs);
    for (const [name, useMs] of this.permits) if (useMs + windowMs <= nowMs) this.permits.delete(name);
    let taken = 0;
    const answers = acquires.flatMap(({ cost, reserve }) => {
      const free = limit - this.permits.size;
      if (free >= cost + reserve) {
        this.#add(prefix, taken, cost, nowMs + marginMs);
        taken += cost;
        return [0, Math.max(0, free - cost)];
      }
      const scores = [...this.permits.values()].sort((one, other) => one - other);
      const freeAtMs = (scores[cost + reserve - free - 1] ?? 0) + windowMs;
      return [cost + reserve > limit ? -1 : Math.round((freeAtMs - nowMs) * 1_000), Math.max(0, free)];
    });
    const kept = Math.max(0, ...acquires.map(({ reserve }) => reserve));
    const isRefused = answers.some((answer, index) => index % 2 === 0 && answer !== 0);
    const extra = isRefused ? 0 : Math.min(spare, Math.max(0, limit - this.permits.size - kept));
    this.#add(prefix, taken, extra, nowMs + marginMs);
    const resetAfterMs = Math.max(0, Math.max(0, ...this.permits.values()) + windowMs - nowMs);
    return [
      extra,
      this.permits.size,
      Math.round(this.permits.size === 0 ? 0 : resetAfterMs * 1_000),
      ...answers,
    ];
  }

  #add(prefix: string, from: number, count: number, useMs: number): void {
    for (let index = from; index < from + count; index += 1) this.permits.set(prefix + index, useMs);
  }
}

interface Reader {
  text(): string;
  number(): number;
  names(): string[];
  times<T>(count: number, read: () => T): T[];
  rest<T>(read: () => T): T[];
}

function reader(values: readonly string[]): Reader {
  let position = 0;
  const text = (): string => {
    position += 1;
    return values[position - 1] ?? "";
  };
  const number = (): number => Number(text());
  const times = <T>(count: number, read: () => T): T[] => Array.from({ length: count }, read);
  return {
    text,
    number,
    times,
    names() {
      const [prefix, from, count] = [text(), number(), number()];
      return times(count, () => "").map((_, index) => `${prefix}${from + index}`);
    },
    rest(read) {
      const all = [];
      while (position < values.length) all.push(read());
      return all;
    },
  };
}

export interface Scene {
  readonly clock: ReturnType<typeof manualClock>;
  readonly redis: ModelRedis;
  readonly limiter: RedisLimiter;
  /** One more process on the same key. */
  another(options?: Partial<RedisLimiterOptions>): RedisLimiter;
}

/** A limiter of 10 permits in a second. */
export function scene(options: Partial<RedisLimiterOptions> = {}): Scene {
  const clock = manualClock(5_000);
  const redis = new ModelRedis(clock);
  const another = (others: Partial<RedisLimiterOptions> = {}): RedisLimiter =>
    redisLimiter(redis, { key: "k", limit: 10, clock, ...options, ...others });
  return { clock, redis, limiter: another(), another };
}

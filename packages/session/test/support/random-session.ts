import type { RateDecision, Result } from "@outsock/core";
import { recordingSink } from "@outsock/core/testing";
import { expect } from "vitest";
import type { CallData, Session } from "../../src/index.ts";
import { HandshakeRefused, type Protocol } from "../../src/protocol.ts";
import { manualStage } from "./stage.ts";
import { testProtocol } from "./test-protocol.ts";

export interface Step {
  readonly do: string;
  readonly ms?: number;
  readonly method?: string;
  readonly timeoutMs?: number;
  readonly idempotent?: boolean;
  readonly abortable?: boolean;
}

interface Made {
  readonly n: number;
  readonly step: Step;
  readonly result: Promise<Result<CallData>>;
  settled: Result<CallData> | undefined;
}

const granted = { allowed: true, limit: 100, remaining: 9, resetAfterMs: 0, source: "local" } as const;
const refused = {
  allowed: false,
  limit: 100,
  remaining: 0,
  resetAfterMs: 200,
  retryAfterMs: 200,
  source: "local",
} as const;

/** A session, its server, its limiter and its callers, for random steps. */
class RandomSession {
  readonly made: Made[] = [];
  readonly controllers: AbortController[] = [];
  readonly permits: (() => void)[] = [];
  readonly sink = recordingSink();
  limiter: "grant" | "refuse" | "later" | "break" = "grant";
  refusing = false;
  readonly stage = manualStage(
    {
      statsSink: this.sink,
      maxMessageBytes: 2_000,
      rateLimiter: {
        acquire: () => this.#decide(),
        refund: () => undefined,
        usage: () => ({ used: 0, limit: 100, windowMs: 1_000 }),
        reset: () => undefined,
      },
    },
    {},
  );

  #decide(): RateDecision | Promise<RateDecision> {
    if (this.limiter === "break") throw new Error("the limiter broke");
    if (this.limiter === "refuse") return refused;
    if (this.limiter === "grant") return granted;
    return new Promise((resolve) => this.permits.push(() => resolve(granted)));
  }

  open(): Promise<Session> {
    const protocol: Protocol = {
      ...testProtocol,
      handshake: async (peer) => {
        if (this.refusing) throw new HandshakeRefused("not now", { retryable: true, retryAfterMs: 300 });
        peer.send({ id: 0, method: "echo", params: "hello" });
        await peer.receive();
        return undefined;
      },
      heartbeat: (id) => ({ id, method: "echo", params: "beat" }),
    };
    return this.stage.open({
      protocol,
      maxAgeMs: 3_000,
      maxInFlight: 6,
      maxQueued: 6,
      drainTimeoutMs: 500,
      connectTimeoutMs: 800,
      handshakeTimeoutMs: 400,
      reconnect: { baseDelayMs: 100, maxDelayMs: 500 },
      heartbeat: { intervalMs: 1_000, timeoutMs: 300, verifyTimeoutMs: 100 },
    });
  }

  call(session: Session, step: Step): void {
    const controller = new AbortController();
    if (step.abortable === true) this.controllers.push(controller);
    const { method = "echo", timeoutMs, idempotent } = step;
    const n = this.made.length + 1;
    const result = session.call(method, n, { timeoutMs, idempotent, signal: controller.signal });
    const made: Made = { n, step, result, settled: undefined };
    this.made.push(made);
    void result.then((settled) => {
      made.settled = settled;
    });
  }

  do({ do: what, ms = 0 }: Step): void {
    const { server, clock } = this.stage;
    const { last } = server;
    const held = last.calls("hold");
    const deeds: Readonly<Record<string, () => void>> = {
      answer: () => last.send({ id: held.at(-1)?.id, result: held.at(-1)?.params }),
      "answer all": () => {
        for (const { id, params } of held) last.send({ id, result: params });
      },
      "answer twice": () => {
        for (const { id, params } of [...held, ...held]) last.send({ id, result: params });
      },
      abort: () => this.controllers.pop()?.abort(),
      drop: () => last.peer.drop(),
      fatal: () => this.made.length > 20 && last.peer.close(4001),
      "too big": () => last.send({ id: held[0]?.id, result: "x".repeat(3_000) }),
      "go-away": () => last.send({ goAway: true }),
      down: () => server.goDown(),
      up: () => {
        server.goDown();
        server.listen();
      },
      mute: () => this.#setMuted(true),
      unmute: () => this.#setMuted(false),
      refuse: () => {
        this.refusing = !this.refusing;
      },
      limit: () => {
        this.limiter = this.limiter === "refuse" ? "later" : "refuse";
      },
      grant: () => this.#grant(),
      break: () => {
        this.limiter = "break";
      },
      heal: () => {
        this.limiter = "grant";
      },
      freeze: () => clock.freeze(ms),
    };
    deeds[what]?.();
  }

  #grant(): void {
    for (const permit of this.permits.splice(0)) permit();
  }

  #setMuted(muted: boolean): void {
    const { answers } = this.stage.server;
    if (muted) delete answers.echo;
    else answers.echo = (params) => ({ result: params });
  }

  check(session: Session): void {
    const { open } = this.stage.server;
    expect(open.length).toBeLessThanOrEqual(2);
    if (session.state === "ready" || session.state === "waiting") expect(open.length).toBeLessThanOrEqual(1);
    const { inFlight, queued } = session.getStats();
    expect(inFlight).toBeLessThanOrEqual(6);
    expect(queued).toBeLessThanOrEqual(12);
    const waiting = this.made.filter(({ settled }) => settled === undefined).length;
    expect(inFlight + queued).toBeLessThanOrEqual(waiting);
  }

  /** Each operation has one end event, whether it started or was refused. */
  checkStatistics(): void {
    const ends = new Map<string, number>();
    for (const event of this.sink.events) {
      if (!("operation" in event)) continue;
      const isEnd = event.type !== "operation-called" && event.type !== "operation-started";
      ends.set(event.correlationId, (ends.get(event.correlationId) ?? 0) + (isEnd ? 1 : 0));
    }
    expect([...ends].filter(([, count]) => count !== 1)).toEqual([]);
  }

  /** Compares the result of each call with what the server received. */
  validate(): void {
    const { server } = this.stage;
    const arrivals = new Map<unknown, number>();
    for (const { params } of server.connections.flatMap(({ received }) => received)) {
      arrivals.set(params, (arrivals.get(params) ?? 0) + 1);
    }
    for (const { n, step, settled } of this.made) {
      const arrived = arrivals.get(n) ?? 0;
      expect(arrived).toBeLessThanOrEqual(step.idempotent === true ? 4 : 1);
      if (settled?.success === true) expect(settled.data.response).toBe(n);
      if (settled?.error?.sent === "no") expect(arrived).toBe(0);
      if (settled?.error?.sent === "yes" || settled?.success === true) expect(arrived).toBeGreaterThan(0);
    }
  }
}

export async function run(steps: readonly Step[], end: "close" | "close at once" | "dispose"): Promise<void> {
  const random = new RandomSession();
  const { clock, manager, server } = random.stage;
  const session = await random.open();
  for (const step of steps) {
    if (step.do === "pass") await clock.advance(step.ms ?? 0);
    else if (step.do === "call") random.call(session, step);
    else random.do(step);
    await clock.advance(0);
    random.check(session);
  }
  const timeoutMs = end === "close" ? 300 : 0;
  const ended = end === "dispose" ? manager.dispose() : session.close({ timeoutMs });
  await clock.advance(20_000);
  await ended;
  expect(random.made.filter(({ settled }) => settled === undefined)).toEqual([]);
  expect([session.state, server.open.length]).toEqual(["closed", 0]);
  expect(session.getStats()).toMatchObject({ inFlight: 0, queued: 0, subscriptions: 0 });
  expect(clock.referencedTimers).toBe(0);
  await clock.advance(100_000);
  expect(clock.timers).toBe(0);
  random.validate();
  random.checkStatistics();
  await random.stage.end();
}

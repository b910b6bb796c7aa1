import fc from "fast-check";
import { expect, it } from "vitest";
import type { Session, Subscription } from "../../src/index.ts";
import { manualStage } from "../support/stage.ts";

const stepOf = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("call"),
      method: fc.constantFrom("echo", "hold", "fail"),
      timeoutMs: fc.constantFrom(0, 50, 5_000),
      idempotent: fc.boolean(),
      abortable: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("notify") }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("subscribe", "unsubscribe", "push") }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom("drop", "close", "go-away", "slow-down", "down", "up", "abort"),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom("answer", "answer twice", "answer wrongly", "answer nonsense"),
    }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant("pass"), ms: fc.constantFrom(0, 1, 40, 700, 4_000) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("freeze"), ms: fc.constantFrom(10, 3_000, 90_000) }) },
);

type Step = {
  readonly do: string;
  readonly ms?: number;
  readonly method?: string;
  readonly timeoutMs?: number;
  readonly idempotent?: boolean;
  readonly abortable?: boolean;
};

/** A session, its server and its callers, for random steps. */
class RandomSession {
  readonly stage = manualStage({}, {});
  readonly results: Promise<{ success: boolean }>[] = [];
  readonly controllers: AbortController[] = [];
  readonly subscriptions: Subscription[] = [];
  mostSockets = 0;
  made = 0;
  session: Session | undefined;

  async begin(): Promise<void> {
    this.session = await this.stage.open({
      maxAgeMs: 3_000,
      maxInFlight: 5,
      maxQueued: 5,
      drainTimeoutMs: 1_000,
      heartbeat: { intervalMs: 1_000, timeoutMs: 300, verifyTimeoutMs: 100 },
    });
  }

  async take(step: Step): Promise<void> {
    const { server, clock } = this.stage;
    switch (step.do) {
      case "call":
        this.call(step);
        break;
      case "notify":
        if (this.session !== undefined) this.results.push(this.session.notify("note"));
        break;
      case "subscribe":
        this.subscribe();
        break;
      case "unsubscribe":
        void this.subscriptions.pop()?.close();
        break;
      case "push":
        server.last.send({ topic: "topic-of-news", data: 1 });
        break;
      case "drop":
        server.last.peer.drop();
        break;
      case "close":
        server.last.peer.close(1012);
        break;
      case "go-away":
        server.last.send({ goAway: true });
        break;
      case "slow-down":
        server.last.send({ slowDownMs: 500 });
        break;
      case "down":
        server.goDown();
        break;
      case "up":
        server.goDown();
        server.listen();
        break;
      case "abort":
        this.controllers.pop()?.abort();
        break;
      case "freeze":
        clock.freeze(step.ms ?? 0);
        break;
      case "pass":
        await clock.advance(step.ms ?? 0);
        break;
      default:
        this.answer(step.do);
    }
    await clock.advance(0);
    this.mostSockets = Math.max(this.mostSockets, server.open.length);
  }

  call({ method = "echo", timeoutMs = 0, idempotent = false, abortable = false }: Step): void {
    const controller = new AbortController();
    if (abortable) this.controllers.push(controller);
    const { signal } = controller;
    this.made += 1;
    const call = this.session?.call(method, this.made, {
      timeoutMs,
      idempotent,
      ...(abortable && { signal }),
    });
    if (call !== undefined) this.results.push(call);
  }

  subscribe(): void {
    const subscribing = this.session?.subscribe("news", undefined, { overflow: "drop-oldest" });
    if (subscribing === undefined) return;
    this.results.push(subscribing);
    void subscribing.then(({ data }) => data && this.subscriptions.push(data.subscription));
  }

  answer(how: string): void {
    const { last } = this.stage.server;
    const [held] = last.calls("hold").slice(-1);
    if (how === "answer nonsense") last.peer.send("{");
    else if (how === "answer wrongly") last.send({ id: 9_999, result: 1 });
    else last.send({ id: held?.id, result: 1 });
    if (how === "answer twice") last.send({ id: held?.id, result: 2 });
  }
}

it("Whatever happens, every call settles once, nothing is left behind, and only idempotent calls are sent twice", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(stepOf, { maxLength: 60, size: "max" }),
      fc.constantFrom("close", "dispose"),
      async (steps, end) => {
        const random = new RandomSession();
        await random.begin();
        const { stage, session } = random;
        for (const step of steps) await random.take(step);
        const ended = end === "close" ? session?.close({ timeoutMs: 200 }) : stage.manager.dispose();
        await stage.clock.advance(20_000);
        await ended;
        // A call that never settles hangs the test here.
        await Promise.all(random.results);
        expect(session?.state).toBe("closed");
        expect(session?.getStats()).toMatchObject({ inFlight: 0, queued: 0, subscriptions: 0 });
        expect(stage.server.open).toEqual([]);
        expect(stage.clock.referencedTimers).toBe(0);
        expect(random.mostSockets).toBeLessThanOrEqual(2);
        const { resentCount = 0 } = session?.getStats() ?? {};
        const received = ["echo", "hold", "fail"].flatMap((method) => stage.server.allReceived(method));
        expect(received.length).toBeLessThanOrEqual(random.made + resentCount);
        await stage.end();
      },
    ),
    { numRuns: 300 },
  );
}, 60_000);

import { unwrap } from "@outsock/core";
import fc from "fast-check";
import { expect, it } from "vitest";
import { type ManualStage, manualStage } from "../support/stage.ts";
import type { Received, ServerConnection } from "../support/test-server.ts";

/** Sends its events to every subscribed connection, and confirms subscriptions at once or, while `slow`, when `confirm` is called. */
class Feed {
  slow = false;
  sent: number[] = [];
  #made = 0;
  #topics = 0;
  readonly #followers: Set<{ readonly connection: ServerConnection; readonly topic: string }> = new Set();
  readonly #confirmed: Set<Received> = new Set();
  readonly #stage: ManualStage;

  constructor(stage: ManualStage) {
    this.#stage = stage;
    const { answers } = stage.server;
    delete answers.subscribe;
    answers.unsubscribe = (params, connection) => {
      for (const follower of this.#followers) {
        const { topic } = follower;
        if (follower.connection === connection && topic === Object(params).topic)
          this.#followers.delete(follower);
      }
      return { result: true };
    };
  }

  async pass(ms: number): Promise<void> {
    await this.#stage.clock.advance(ms);
    if (!this.slow) while (this.confirm()) await this.#stage.clock.advance(0);
  }

  /** Confirms the subscription that has waited longest. */
  confirm(): boolean {
    for (const connection of this.#stage.server.open) {
      const call = connection.calls("subscribe").find((one) => !this.#confirmed.has(one));
      if (call === undefined) continue;
      this.#confirmed.add(call);
      this.#topics += 1;
      const topic = `t${this.#topics}`;
      this.#followers.add({ connection, topic });
      connection.send({ id: call.id, result: topic });
      return true;
    }
    return false;
  }

  send(): void {
    this.#made += 1;
    const open = [...this.#followers].filter(({ connection }) => !connection.closed);
    for (const { connection, topic } of open) connection.send({ topic, data: this.#made });
    if (open.length > 0) this.sent.push(this.#made);
  }
}

const stepArb = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant("send"), ms: fc.constant(0) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("pass"), ms: fc.constantFrom(0, 1, 50, 300, 1_100) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom("go-away", "slow", "fast", "confirm", "call", "answer"),
      ms: fc.constant(0),
    }),
  },
);

it("A subscription receives every event through any number of rotations, whenever the server confirms it", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(stepArb, { maxLength: 60, size: "max" }), async (steps) => {
      const stage = manualStage();
      const { server, clock } = stage;
      const feed = new Feed(stage);
      const session = await stage.open({ maxAgeMs: 2_000, callTimeoutMs: 500, drainTimeoutMs: 5_000 });
      const subscribing = session.subscribe("news");
      await feed.pass(0);
      const { subscription } = unwrap(await subscribing);
      const seen: unknown[] = [];
      const loop = (async () => {
        for await (const event of subscription) seen.push(event);
      })();
      const deeds: Readonly<Record<string, () => void>> = {
        send: () => feed.send(),
        "go-away": () => server.last.send({ goAway: true }),
        slow: () => (feed.slow = true),
        fast: () => (feed.slow = false),
        confirm: () => feed.confirm(),
        call: () => void session.call("hold", 1, { timeoutMs: 2_000 }),
        answer: () => server.last.send({ id: server.last.calls("hold").at(-1)?.id, result: 1 }),
      };
      for (const step of steps) {
        deeds[step.do]?.();
        await feed.pass(step.ms);
      }
      const closing = session.close({ timeoutMs: 0 });
      await clock.advance(1_000);
      await Promise.all([closing, loop]);
      expect(feed.sent.filter((event) => !seen.includes(event))).toEqual([]);
      await stage.end();
    }),
    { numRuns: 300 },
  );
}, 60_000);

import { findChromium, startChromium, startInspectorProcess } from "@outsock/test-servers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { cdp, type Session } from "../../src/index.ts";
import { openReal, use } from "../support/real.ts";

describe("cdp", () => {
  const { classify, makeId } = cdp();

  it("Ids stay in the range that servers can read", () => {
    const largest = 2 ** 31 - 1;
    expect([1, largest, largest + 1, 2 * largest, 2 * largest + 1].map((count) => makeId?.(count))).toEqual([
      1,
      largest,
      1,
      largest,
      1,
    ]);
  });

  it("Any JSON is classified without throwing", () => {
    fc.assert(fc.property(fc.jsonValue(), (message) => void classify(message)));
  });
});

describe("cdp, against Node's inspector", () => {
  it("Calls are answered, and an unknown method fails", async () => {
    const { url } = await use(startInspectorProcess());
    const session = await openReal({ url, protocol: cdp(), reconnect: false });
    const answer = await session.call("Runtime.evaluate", { expression: "6 * 7" });
    expect(answer.data?.response).toMatchObject({ result: { value: 42 } });
    expect((await session.call("No.such")).error).toMatchObject({
      code: "REMOTE_ERROR",
      remote: { code: -32_601 },
    });
  });

  it("Events arrive among many concurrent calls", async () => {
    const { url } = await use(startInspectorProcess());
    const session = await openReal({ url, protocol: cdp(), reconnect: false });
    const subscribed = await session.subscribe("Runtime.consoleAPICalled");
    await session.call("Runtime.enable");
    const calls = Array.from({ length: 100 }, (_, n) =>
      session.call("Runtime.evaluate", { expression: `console.log(${n}); ${n}` }),
    );
    const answers = await Promise.all(calls);
    expect(answers.every(({ success }) => success)).toBe(true);
    const logged = subscribed.data?.subscription[Symbol.asyncIterator]();
    for (let n = 0; n < 100; n += 1) {
      expect(await logged?.next()).toMatchObject({ value: { args: [{ value: n }] } });
    }
  });

  it("The session survives heartbeats that the inspector rejects", async () => {
    const { url } = await use(startInspectorProcess());
    const heartbeat = { intervalMs: 20, timeoutMs: 1_000 };
    const session = await openReal({ url, protocol: cdp(), reconnect: false, heartbeat });
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect((await session.call("Runtime.evaluate", { expression: "1" })).success).toBe(true);
    expect(session.getStats()).toMatchObject({
      connectionsCount: 1,
      lateRepliesCount: 0,
      unknownRepliesCount: 0,
    });
  });
});

const chromium = findChromium();

/** CI always has Chromium. */
describe.skipIf(chromium === undefined && process.env.CI === undefined)("cdp, against Chromium", () => {
  async function attach(session: Session): Promise<string> {
    const targetId = z.object({ targetId: z.string() });
    const made = await session.call("Target.createTarget", { url: "about:blank" }, { schema: targetId });
    const sessionId = z.object({ sessionId: z.string() });
    const params = { targetId: made.data?.response.targetId, flatten: true };
    const attached = await session.call("Target.attachToTarget", params, { schema: sessionId });
    return attached.data?.response.sessionId ?? "";
  }

  it("Several targets share one connection", { timeout: 30_000 }, async () => {
    const { url } = await use(startChromium());
    const session = await openReal({ url, protocol: cdp(), reconnect: false });
    const [one, other] = [await attach(session), await attach(session)];
    const loaded = await session.subscribe("Page.loadEventFired", undefined, { scope: one });
    await session.call("Page.enable", {}, { scope: one });
    const page = { url: "data:text/html,<title>one</title>" };
    expect(await session.call("Page.navigate", page, { scope: one })).toMatchObject({ success: true });
    const events = loaded.data?.subscription[Symbol.asyncIterator]();
    expect(await events?.next()).toMatchObject({ value: { timestamp: expect.any(Number) } });
    const title = (scope: string) =>
      session.call("Runtime.evaluate", { expression: "document.title" }, { scope });
    expect((await title(one)).data?.response).toMatchObject({ result: { value: "one" } });
    expect((await title(other)).data?.response).toMatchObject({ result: { value: "" } });
  });
});

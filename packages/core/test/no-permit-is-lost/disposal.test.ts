import { describe, expect, it } from "vitest";
import { serverLimits, slidingWindow, type WebSocketManager } from "../../src/index.ts";
import { held } from "../support/limiters.ts";
import { scene } from "../support/scene.ts";

const operations = [
  ["connect", 1, (manager: WebSocketManager) => manager.connect("ws://peer.test/")],
  ["request", 4, (manager: WebSocketManager) => manager.request("ws://peer.test/", 1)],
] as const;

describe.each(operations)("a %s that costs %i", (_, cost, act) => {
  it.each([0, 1, 2, 3, 4, 5, 6])(
    "and is admitted %i moments before its manager is disposed of goes, or gives its permits back",
    async (moments) => {
      const own = slidingWindow({ limit: 9, windowMs: 10_000 });
      const connect = slidingWindow({ limit: 9, windowMs: 10_000 });
      const rateLimiter = held(own);
      const { manager, transport, clock } = scene({ rateLimiter, limits: serverLimits({ connect }) });
      const acting = act(manager);
      const answered = rateLimiter.answer();
      for (let moment = 0; moment < moments; moment += 1) await undefined;
      const disposal = manager.dispose();
      expect((await acting).error?.code).toBe("DISPOSED");
      await Promise.all([answered, disposal]);
      const used = [own, connect].map((limiter) => limiter.usage({ now: clock.now() }).used);
      const dialled = transport.requests.length;
      expect(used).toEqual([dialled * cost, dialled]);
    },
  );
});

import { describe, expect, it } from "vitest";
import { Admission } from "../../src/admission/admission.ts";
import { anywhere } from "../../src/admission/limiters.ts";
import { Permit } from "../../src/admission/permit.ts";
import { slidingWindow } from "../../src/admission/sliding-window.ts";
import { TransportError } from "../../src/index.ts";
import { ManagerContext } from "../../src/manager-context.ts";
import { open } from "../../src/operations/connect.ts";
import { resolveSettings } from "../../src/options/manager-options.ts";
import { manualClock } from "../../src/testing.ts";
import { puppetTransport } from "../support/puppet.ts";

/** What operations share, with a count of who still wants to hear of the manager's disposal. */
function countedContext() {
  const clock = manualClock();
  const transport = puppetTransport();
  const rateLimiter = slidingWindow({ limit: 1, windowMs: 100 });
  const settings = resolveSettings({ transport, clock, rateLimiter, onLimit: { wait: 1_000 } });
  const listeners = new Set<() => void>();
  const context = new ManagerContext(settings, async () => {});
  context.onDispose = (run) => {
    listeners.add(run);
    return () => listeners.delete(run);
  };
  return { context, transport, clock, listeners, operation: () => context.begin("connect", "c") };
}

const connectRequest = {
  address: { href: "ws://peer.test/", redacted: "ws://peer.test/" },
  headers: {},
  protocols: [],
  timeoutMs: 1_000,
  signal: undefined,
};

describe("what listens for the manager's disposal", () => {
  it("is let go of when a connection is open, and when it failed", async () => {
    const { context, transport, listeners, operation } = countedContext();
    const options = { ...connectRequest, codec: context.settings.codec };
    await open(context, operation(), options);
    transport.onOpen = () => {
      throw new TransportError("CONNECT_FAILED", "refused");
    };
    await open(context, operation(), options);
    expect(listeners.size).toBe(0);
  });

  it("is let go of when a wait for the limiter is over", async () => {
    const { context, clock, listeners, operation } = countedContext();
    const admission = new Admission(context);
    const forGood = listeners.size;
    const ask = (): ReturnType<Admission["ask"]> => admission.ask(operation(), 1, {}, anywhere);
    expect(ask()).toBeInstanceOf(Permit);
    const waiting = [ask(), ask()];
    expect(listeners.size).toBe(forGood + 2);
    await clock.advance(300);
    expect(await Promise.all(waiting)).toEqual([expect.any(Permit), expect.any(Permit)]);
    expect(listeners.size).toBe(forGood);
  });
});

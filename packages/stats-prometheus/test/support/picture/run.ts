import { createWebSocketManager, slidingWindow, type Transport, type WebSocketManager } from "@outsock/core";
import { type ManualClock, manualClock } from "@outsock/core/testing";
import { createMemoryNetwork, type MemoryNetwork } from "@outsock/transport-memory";
import { Registry } from "@prometheus-io/client";
import { prometheusStats } from "../../../src/index.ts";
import { parseExposition } from "../exposition.ts";
import { Recording } from "../promql/recording.ts";
import { type Chance, chance } from "./chance.ts";
import { withFallback } from "./fallback.ts";
import { Feed } from "./feed.ts";

/** Seconds before the picture begins, so that rates have a full range. */
export const warmUpSeconds = 20;
export const runSeconds = 80;
const scrapeSeconds = 5;

interface Stage {
  readonly clock: ManualClock;
  readonly random: Chance;
  readonly manager: WebSocketManager;
}

/**
 * Eighty seconds of a manager, on the manual clock and so the same for a seed: requests to one server, a stream kept from another.
 * There is a burst beyond the limit, a period with a slow server, a few seconds without the limiter's store, and
 * one loss of the stream.
 */
export async function recordRun(seed: number): Promise<Recording> {
  const clock = manualClock();
  const random = chance(seed);
  const network = createMemoryNetwork();
  serve(network, clock, random);
  const registry = new Registry();
  const rateLimiter = withFallback(slidingWindow({ clock }), () => within(clock, 64, 72));
  const manager = createWebSocketManager({
    transport: slow(network.transport(), clock, random),
    clock,
    rateLimiter,
    statsSink: prometheusStats({ registry }),
    inbox: { maxMessages: 64, overflow: "drop-oldest" },
  });
  const stage = { clock, random, manager };
  requests(stage);
  new Feed(stage).start();
  return scrapes(clock, registry);
}

async function scrapes(clock: ManualClock, registry: Registry): Promise<Recording> {
  const recording = new Recording();
  const target = { job: "orders", instance: "10.0.0.7:9464" };
  for (let seconds = 0; seconds <= runSeconds; seconds += scrapeSeconds) {
    recording.add(seconds, parseExposition(await registry.metrics()).values(), target);
    await clock.advance(scrapeSeconds * 1_000);
  }
  return recording;
}

function within(clock: ManualClock, fromSeconds: number, toSeconds: number): boolean {
  return clock.now() >= fromSeconds * 1_000 && clock.now() < toSeconds * 1_000;
}

function serve(network: MemoryNetwork, clock: ManualClock, random: Chance): void {
  network.listen("wss://api.example.com", (peer) => {
    peer.onMessage((message) => {
      const slowness = within(clock, 54, 62) ? 12 : 1;
      const answerMs = random.logNormal(35, 0.5) * slowness;
      if (!random.happens(within(clock, 54, 62) ? 0.12 : 0.002))
        clock.schedule(answerMs, () => peer.send(message));
    });
  });
  network.listen("wss://feed.example.com", (peer) => {
    const tick = (): void => {
      peer.send(JSON.stringify({ price: random.between(100, 200), at: clock.now() }));
      clock.schedule(random.between(15, 45), tick);
    };
    clock.schedule(50, tick);
    if (clock.now() < 40_000) clock.schedule(40_000 - clock.now(), () => peer.drop());
  });
}

/** Adds the time of a handshake, which the network in memory does not take. */
function slow(transport: Transport, clock: ManualClock, random: Chance): Transport {
  return {
    capabilities: transport.capabilities,
    open: async (request, events) => {
      await new Promise<void>((resolve) => {
        clock.schedule(random.logNormal(18, 0.3), resolve);
      });
      return transport.open(request, events);
    },
  };
}

/** Some 35 requests a second, 90 in the burst. */
function requests({ clock, random, manager }: Stage): void {
  const next = (): void => {
    const perSecond = within(clock, 30, 48) ? 90 : 35;
    clock.schedule(random.exponential(1_000 / perSecond), next);
    void manager.request("wss://api.example.com/orders", { n: clock.now() }, { timeoutMs: 1_000 });
  };
  next();
}

import type { Channel, ChannelEvents, Result, Transport } from "@outsock/core";
import { createWebSocketManager } from "@outsock/core";
import { manualClock } from "@outsock/core/testing";
import { createMemoryNetwork } from "@outsock/transport-memory";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type FaultScript, faulty } from "../../src/index.ts";
import { faultyFixture, heard, request, url } from "../support/faulty-fixture.ts";
import { scripts } from "../support/random-script.ts";

/** Writes down every event of every channel, each as `number event`. */
function spied(transport: Transport, log: string[], opened: number[]): Transport {
  let opens = 0;
  return {
    capabilities: transport.capabilities,
    async open(asked, events): Promise<Channel> {
      opens += 1;
      const number = opens;
      const note = (event: string): unknown => log.push(`${number} ${event}`);
      const spy: ChannelEvents = {
        message(message) {
          note(`message ${message.bytes().join(" ")}`);
          events.message(message);
        },
        pong() {
          note("pong");
          events.pong();
        },
        drain() {
          note("drain");
          events.drain();
        },
        close(close) {
          note(`close ${close.code} ${close.clean}`);
          events.close(close);
        },
      };
      const channel = await transport.open(asked, spy);
      opened.push(number);
      return channel;
    },
  };
}

interface Run {
  /** Every event and every result, in order. */
  readonly log: readonly string[];
  readonly faults: readonly unknown[];
  /** Calls that were not settled when their time was over. */
  readonly unsettled: readonly string[];
  /** The numbers of the opens that were answered with a channel. */
  readonly opened: readonly number[];
  readonly openConnections: number;
  readonly referencedTimers: number;
}

/** A program of every kind of call against a peer that greets and echoes. */
async function run(script: FaultScript, seed: number): Promise<Run> {
  const clock = manualClock();
  const network = createMemoryNetwork();
  network.listen(url, (peer) => {
    peer.send('"hello"');
    peer.onMessage((message) => peer.send(message));
  });
  const log: string[] = [];
  const unsettled: string[] = [];
  const opened: number[] = [];
  const transport = faulty(network.transport(), script, seed, { clock });
  const manager = createWebSocketManager({
    transport: spied(transport, log, opened),
    clock,
    inbox: { maxMessages: 8 },
    closeTimeoutMs: 500,
  });
  async function settled<Data>(
    name: string,
    call: Promise<Result<Data>>,
    withinMs: number,
  ): Promise<Result<Data>> {
    let isSettled = false;
    const noted = call.finally(() => {
      isSettled = true;
    });
    await clock.advance(withinMs);
    if (!isSettled) unsettled.push(name);
    const result = await noted;
    log.push(`${name} ${result.success ? "ok" : result.error.code}`);
    return result;
  }
  for (let round = 0; round < 2; round += 1) {
    const { data } = await settled("connect", manager.connect(url, { timeoutMs: 1_000 }), 1_000);
    if (data === undefined) continue;
    const { connection } = data;
    for (const text of ["a", "b", "c"]) await settled("send", manager.send(connection, text), 700);
    for (let count = 0; count < 4; count += 1) {
      await settled("receive", manager.receive(connection, { timeoutMs: 400 }), 400);
    }
    // The closing handshake, the destruction, and giving up.
    await settled("close", manager.close(connection), 750);
  }
  await settled("request", manager.request(url, "d", { timeoutMs: 1_000 }), 1_250);
  await clock.advance(10_000);
  const { openConnections } = manager.getStats();
  const { referencedTimers } = clock;
  await manager.dispose();
  return { log, faults: transport.faults, unsettled, opened, openConnections, referencedTimers };
}

describe("for any script and seed", () => {
  const cases = [scripts, fc.maxSafeInteger()] as const;

  it("two runs have the same events and the same faults", async () => {
    await fc.assert(
      fc.asyncProperty(...cases, async (script, seed) => {
        expect(await run(script, seed)).toEqual(await run(script, seed));
      }),
      { numRuns: 150 },
    );
  });

  it("every call settles in time, close is reported once and last, and nothing is left behind", async () => {
    await fc.assert(
      fc.asyncProperty(...cases, async (script, seed) => {
        const { log, unsettled, opened, openConnections, referencedTimers } = await run(script, seed);
        expect(unsettled).toEqual([]);
        expect({ openConnections, referencedTimers }).toEqual({ openConnections: 0, referencedTimers: 0 });
        for (const number of [1, 2, 3]) {
          const events = log.filter((line) => line.startsWith(`${number} `));
          const closes = events.filter((line) => line.startsWith(`${number} close`));
          expect(closes).toHaveLength(opened.includes(number) ? 1 : 0);
          expect(events.at(-1)).toBe(closes[0]);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe("the seed", () => {
  const script: FaultScript = [
    { fault: "drop", on: "both", chance: 0.5 },
    { fault: "delay", on: "out", ms: [0, 100] },
  ];

  async function hits(seed: number, order: "in turn" | "one after the other"): Promise<readonly string[]> {
    const { transport, peers, clock } = faultyFixture(script, { seed });
    const channels = [await transport.open(request(), heard()), await transport.open(request(), heard())];
    const exchange = async (index: number, count: number): Promise<void> => {
      for (let message = 0; message < count; message += 1) {
        channels[index]?.send("x");
        if (order === "in turn") await clock.advance(1);
        peers[index]?.send("x");
      }
      await clock.advance(0);
    };
    if (order === "in turn") {
      for (let round = 0; round < 40; round += 1) for (const index of [1, 0]) await exchange(index, 1);
    } else {
      for (const index of [0, 1]) await exchange(index, 40);
    }
    return transport.faults.map(({ atMs: _, ...report }) => JSON.stringify(report)).sort();
  }

  it("and the numbers of open and message decide, not the order of events", async () => {
    expect(await hits(7, "in turn")).toEqual(await hits(7, "one after the other"));
  });

  it("is 1 by default, and another seed gives another run", async () => {
    const runs = await Promise.all([1, 2, -1, 2 ** 40, 2 ** 41].map((seed) => hits(seed, "in turn")));
    expect(new Set(runs.map((run) => run.join())).size).toBe(runs.length);
    const numbers: string[] = [];
    for (const one of [
      faulty(silence(), script),
      faulty(silence(), script, 1),
      faulty(silence(), script, 2),
    ]) {
      const channel = await one.open(request(), heard());
      for (let message = 0; message < 40; message += 1) channel.send("x");
      channel.terminate();
      numbers.push(one.faults.map(({ rule, message }) => `${rule} ${message}`).join());
    }
    expect(numbers[0]).toBe(numbers[1]);
    expect(numbers[0]).not.toBe(numbers[2]);
  });

  it("gives each rule, open and direction its own random numbers, close to the given chance", async () => {
    const { transport, peers, clock } = faultyFixture([
      { fault: "delay", on: "out", ms: 0, chance: 0.1 },
      { fault: "drop", on: "both", chance: 0.1 },
    ]);
    for (let open = 0; open < 2; open += 1) {
      const channel = await transport.open(request(), heard());
      for (let message = 0; message < 3_000; message += 1) {
        channel.send("x");
        if (open === 0) peers[0]?.send("x");
      }
    }
    for (let turn = 0; turn < 150; turn += 1) await clock.advance(0);
    const groups = new Map<string, (number | undefined)[]>();
    for (const { rule, channel, on, message } of transport.faults) {
      const name = `${rule} ${channel} ${on}`;
      groups.set(name, [...(groups.get(name) ?? []), message]);
    }
    const decided = [...groups.values()];
    expect(new Set(decided.map((numbers) => numbers.join())).size).toBe(5);
    for (const { length } of decided) {
      expect(length).toBeGreaterThan(230);
      expect(length).toBeLessThan(370);
    }
  });
});

/** Where anyone who dials is heard in silence. */
function silence(): Transport {
  const network = createMemoryNetwork();
  network.listen(url);
  return network.transport();
}

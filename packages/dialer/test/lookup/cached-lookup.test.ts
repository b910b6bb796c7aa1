import { AsyncLocalStorage } from "node:async_hooks";
import type { LookupAddress, LookupOptions } from "node:dns";
import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { CachedLookup } from "../../src/lookup/cached-lookup.ts";

type Tell = (error: Error | null, addresses?: readonly LookupAddress[]) => void;

/** The system, which is asked and answers when the test says so. */
const system = vi.hoisted(() => {
  const questions: { hostname: string; options: LookupOptions; tell: Tell }[] = [];
  return { questions, answers: (_tell: Tell): void => {} };
});

vi.mock("node:dns", () => ({
  lookup(hostname: string, options: LookupOptions, tell: Tell) {
    system.questions.push({ hostname, options, tell });
    system.answers(tell);
  },
}));

const found = [
  { address: "192.0.2.1", family: 4 },
  { address: "2001:db8::1", family: 6 },
];

beforeEach(() => {
  system.questions.length = 0;
  system.answers = (tell) => tell(null, found);
});

function ask(
  cache: CachedLookup,
  hostname: string,
  options: LookupOptions = { all: true },
): Promise<unknown[]> {
  return new Promise((resolve) => {
    cache.lookup(hostname, options, (...answer) => resolve(answer));
  });
}

function fakeClock(): void {
  vi.useFakeTimers({ toFake: ["performance"] });
  onTestFinished(() => {
    vi.useRealTimers();
  });
}

describe("remembered addresses", () => {
  it("answer for as long as was asked for, and not longer", async () => {
    fakeClock();
    const cache = new CachedLookup(1_000);
    await ask(cache, "peer.test");
    vi.advanceTimersByTime(999);
    expect(await ask(cache, "peer.test")).toEqual([null, found]);
    expect(system.questions.length).toBe(1);
    vi.advanceTimersByTime(1);
    await ask(cache, "peer.test");
    expect(system.questions.length).toBe(2);
  });

  it("are those of one name, family and set of hints", async () => {
    const cache = new CachedLookup(1_000);
    await ask(cache, "peer.test");
    await ask(cache, "peer.test", { all: true, family: 4 });
    await ask(cache, "peer.test", { all: true, hints: 32 });
    await ask(cache, "other.test");
    expect(system.questions.map(({ hostname }) => hostname)).toEqual([
      "peer.test",
      "peer.test",
      "peer.test",
      "other.test",
    ]);
    expect(system.questions[1]?.options).toMatchObject({ family: 4, all: true });
  });

  it("are given all or only the first, as the question was", async () => {
    const cache = new CachedLookup(1_000);
    for (let i = 0; i < 2; i += 1) {
      expect(await ask(cache, "peer.test", {})).toEqual([null, "192.0.2.1", 4]);
      expect(await ask(cache, "peer.test", { all: true })).toEqual([null, found]);
    }
    expect(system.questions.length).toBe(1);
  });

  it("are given as a list of the asker's own", async () => {
    const cache = new CachedLookup(1_000);
    system.answers = (tell) => tell(null, [...found]);
    for (let i = 0; i < 2; i += 1) {
      const [, addresses] = await ask(cache, "peer.test");
      if (Array.isArray(addresses)) addresses.pop();
    }
    expect(await ask(cache, "peer.test")).toEqual([null, found]);
  });

  it("are told later, as the system would, never in the call", async () => {
    const cache = new CachedLookup(1_000);
    await ask(cache, "peer.test");
    let told = false;
    cache.lookup("peer.test", { all: true }, () => {
      told = true;
    });
    expect(told).toBe(false);
  });

  it("are asked for once by all who ask at the same time", async () => {
    system.answers = () => {};
    const cache = new CachedLookup(1_000);
    const asking = Promise.all([
      ask(cache, "peer.test"),
      ask(cache, "peer.test", {}),
      ask(cache, "peer.test"),
    ]);
    expect(system.questions.length).toBe(1);
    system.questions[0]?.tell(null, found);
    expect(await asking).toEqual([
      [null, found],
      [null, "192.0.2.1", 4],
      [null, found],
    ]);
  });

  it("are told to each asker in the asynchronous context of its own", async () => {
    system.answers = () => {};
    const tenant = new AsyncLocalStorage<string>();
    const cache = new CachedLookup(1_000);
    const tenantSeen = (name: string) =>
      tenant.run(name, () => {
        return new Promise((resolve) => {
          cache.lookup("peer.test", { all: true }, () => resolve(tenant.getStore()));
        });
      });
    const asking = Promise.all([tenantSeen("one"), tenantSeen("another")]);
    system.questions[0]?.tell(null, found);
    expect(await asking).toEqual(["one", "another"]);
  });

  it("are no failures: these are told to all who wait, and asked again", async () => {
    const failure = new Error("no such name");
    system.answers = () => {};
    const cache = new CachedLookup(1_000);
    const asking = Promise.all([ask(cache, "peer.test"), ask(cache, "peer.test", {})]);
    system.questions[0]?.tell(failure);
    for (const [error] of await asking) expect(error).toBe(failure);
    system.answers = (tell) => tell(null, found);
    expect(await ask(cache, "peer.test")).toEqual([null, found]);
    expect(system.questions.length).toBe(2);
  });

  it("are forgotten for one name in all its forms, and for no other", async () => {
    const cache = new CachedLookup(1_000);
    const all = async () => {
      for (const name of ["peer.test", "peer.test.example"]) await ask(cache, name);
      await ask(cache, "peer.test", { family: 4 });
    };
    await all();
    cache.forget("peer.test");
    await all();
    expect(system.questions.slice(3).map(({ hostname }) => hostname)).toEqual(["peer.test", "peer.test"]);
  });

  it("are those of the latest 1,000 names", async () => {
    const cache = new CachedLookup(1_000);
    for (let i = 0; i <= 1_000; i += 1) await ask(cache, `peer-${i}.test`);
    await ask(cache, "peer-1.test");
    expect(system.questions.length).toBe(1_001);
    await ask(cache, "peer-0.test");
    expect(system.questions.length).toBe(1_002);
  });
});

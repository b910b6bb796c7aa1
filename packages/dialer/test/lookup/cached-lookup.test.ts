import { AsyncLocalStorage } from "node:async_hooks";
import type { LookupAddress, LookupOptions } from "node:dns";
import type { LookupFunction } from "node:net";
import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { type LookupCache, lookupCache } from "../../src/lookup/cached-lookup.ts";
import { checkedLookup } from "../../src/lookup/checked-lookup.ts";

type Answer = (error: Error | null, addresses?: readonly LookupAddress[]) => void;

/** The system, whose answers the test controls. */
const system = vi.hoisted(() => {
  const questions: { hostname: string; options: LookupOptions; answer: Answer }[] = [];
  return { questions, answers: (_answer: Answer): void => {} };
});

vi.mock("node:dns", () => ({
  lookup(hostname: string, options: LookupOptions, answer: Answer) {
    system.questions.push({ hostname, options, answer });
    system.answers(answer);
  },
}));

const found = [
  { address: "192.0.2.1", family: 4 },
  { address: "2001:db8::1", family: 6 },
];

beforeEach(() => {
  system.questions.length = 0;
  system.answers = (answer) => answer(null, found);
});

/** As `net.connect` looks up. */
function lookUp(cache: LookupCache, ...question: Parameters<LookupFunction>): void {
  checkedLookup(undefined, cache.find)(...question);
}

function ask(
  cache: LookupCache,
  hostname: string,
  options: LookupOptions = { all: true },
): Promise<unknown[]> {
  return new Promise((resolve) => {
    lookUp(cache, hostname, options, (...answer) => resolve(answer));
  });
}

function fakeClock(): void {
  vi.useFakeTimers({ toFake: ["performance"] });
  onTestFinished(() => {
    vi.useRealTimers();
  });
}

describe("cached addresses", () => {
  it("are used for exactly as long as configured", async () => {
    fakeClock();
    const cache = lookupCache(1_000);
    await ask(cache, "peer.test");
    vi.advanceTimersByTime(999);
    expect(await ask(cache, "peer.test")).toEqual([null, found]);
    expect(system.questions.length).toBe(1);
    vi.advanceTimersByTime(1);
    await ask(cache, "peer.test");
    expect(system.questions.length).toBe(2);
  });

  it("belong to one name, family and set of hints", async () => {
    const cache = lookupCache(1_000);
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

  it("are returned in full or as the first only, as requested", async () => {
    const cache = lookupCache(1_000);
    for (let i = 0; i < 2; i += 1) {
      expect(await ask(cache, "peer.test", {})).toEqual([null, "192.0.2.1", 4]);
      expect(await ask(cache, "peer.test", { all: true })).toEqual([null, found]);
    }
    expect(system.questions.length).toBe(1);
  });

  it("are returned as a list that the caller may change", async () => {
    const cache = lookupCache(1_000);
    system.answers = (answer) => answer(null, [...found]);
    for (let i = 0; i < 2; i += 1) {
      const [, addresses] = await ask(cache, "peer.test");
      if (Array.isArray(addresses)) addresses.pop();
    }
    expect(await ask(cache, "peer.test")).toEqual([null, found]);
  });

  it("are returned asynchronously, as the system does, never in the call", async () => {
    const cache = lookupCache(1_000);
    await ask(cache, "peer.test");
    let called = false;
    lookUp(cache, "peer.test", { all: true }, () => {
      called = true;
    });
    expect(called).toBe(false);
  });

  it("are queried once for concurrent lookups", async () => {
    system.answers = () => {};
    const cache = lookupCache(1_000);
    const asking = Promise.all([
      ask(cache, "peer.test"),
      ask(cache, "peer.test", {}),
      ask(cache, "peer.test"),
    ]);
    expect(system.questions.length).toBe(1);
    system.questions[0]?.answer(null, found);
    expect(await asking).toEqual([
      [null, found],
      [null, "192.0.2.1", 4],
      [null, found],
    ]);
  });

  it("reach each caller in its own asynchronous context", async () => {
    system.answers = () => {};
    const tenant = new AsyncLocalStorage<string>();
    const cache = lookupCache(1_000);
    const tenantSeen = (name: string) =>
      tenant.run(name, () => {
        return new Promise((resolve) => {
          lookUp(cache, "peer.test", { all: true }, () => resolve(tenant.getStore()));
        });
      });
    const asking = Promise.all([tenantSeen("one"), tenantSeen("another")]);
    system.questions[0]?.answer(null, found);
    expect(await asking).toEqual(["one", "another"]);
  });

  it("are never failures: these reach every waiting caller and are queried again", async () => {
    const failure = new Error("no such name");
    system.answers = () => {};
    const cache = lookupCache(1_000);
    const asking = Promise.all([ask(cache, "peer.test"), ask(cache, "peer.test", {})]);
    system.questions[0]?.answer(failure);
    for (const [error] of await asking) expect(error).toBe(failure);
    system.answers = (answer) => answer(null, found);
    expect(await ask(cache, "peer.test")).toEqual([null, found]);
    expect(system.questions.length).toBe(2);
  });

  it("are forgotten for one name in all its forms, and for no other", async () => {
    const cache = lookupCache(1_000);
    const all = async () => {
      for (const name of ["peer.test", "peer.test.example"]) await ask(cache, name);
      await ask(cache, "peer.test", { family: 4 });
    };
    await all();
    cache.forget("peer.test");
    await all();
    expect(system.questions.slice(3).map(({ hostname }) => hostname)).toEqual(["peer.test", "peer.test"]);
  });

  it.each([
    ["success", (answer: Answer) => answer(null, [])],
    ["failure", (answer: Answer) => answer(new Error("no such name"))],
  ])("survive the late %s of a lookup that was forgotten before", async (_outcome, answerLate) => {
    system.answers = () => {};
    const cache = lookupCache(1_000);
    const forgotten = ask(cache, "peer.test");
    cache.forget("peer.test");
    const asking = ask(cache, "peer.test");
    const [first, second] = system.questions;
    second?.answer(null, found);
    await asking;
    if (first) answerLate(first.answer);
    await forgotten;
    expect(await ask(cache, "peer.test")).toEqual([null, found]);
    expect(system.questions.length).toBe(2);
  });

  it.each([
    ["success", (answer: Answer) => answer(null, [])],
    ["failure", (answer: Answer) => answer(new Error("no such name"))],
  ])("are shared although a forgotten lookup ends meanwhile, with %s", async (_outcome, answerLate) => {
    system.answers = () => {};
    const cache = lookupCache(1_000);
    const forgotten = ask(cache, "peer.test");
    cache.forget("peer.test");
    const asking = [ask(cache, "peer.test")];
    const [first, second] = system.questions;
    if (first) answerLate(first.answer);
    await forgotten;
    asking.push(ask(cache, "peer.test"));
    expect(system.questions.length).toBe(2);
    second?.answer(null, found);
    expect(await Promise.all(asking)).toEqual([
      [null, found],
      [null, found],
    ]);
  });

  it("are not those of a lookup that was forgotten while it was pending", async () => {
    system.answers = () => {};
    const cache = lookupCache(1_000);
    const asking = ask(cache, "peer.test");
    cache.forget("peer.test");
    system.questions[0]?.answer(null, []);
    await asking;
    system.answers = (answer) => answer(null, found);
    expect(await ask(cache, "peer.test")).toEqual([null, found]);
  });

  it("are kept for the latest 1,000 names", async () => {
    const cache = lookupCache(1_000);
    for (let i = 0; i <= 1_000; i += 1) await ask(cache, `peer-${i}.test`);
    await ask(cache, "peer-1.test");
    expect(system.questions.length).toBe(1_001);
    await ask(cache, "peer-0.test");
    expect(system.questions.length).toBe(1_002);
  });
});

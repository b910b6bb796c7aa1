import { runInNewContext } from "node:vm";
import { recordingSink } from "@outsock/core/testing";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { StandardSchema } from "../../src/index.ts";
import { stage } from "../support/stage.ts";

describe("a schema", () => {
  const point = z.object({ x: z.coerce.number() });

  it("A schema types each event, and an invalid event ends the subscription", async () => {
    const { open, server, clock } = stage();
    const session = await open();
    const { data } = await session.subscribe("news", undefined, { schema: point });
    const events = data?.subscription[Symbol.asyncIterator]();
    server.last.send({ topic: "topic-of-news", data: { x: "5", y: 1 } });
    server.last.send({ topic: "topic-of-news", data: { x: "hunter2" } });
    await clock.advance(0);
    expect((await events?.next())?.value.x).toBe(5);
    const failure = await events?.next().catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "INVALID_RESPONSE" });
    expect(String(failure)).toContain("x");
    expect(String(failure)).not.toContain("hunter2");
    expect(data?.subscription.state).toBe("ended");
  });

  it("Events stay in order while a schema validates asynchronously", async () => {
    const { open, server, clock } = stage();
    const session = await open();
    const slow = z.number().transform(async (n) => n * 2);
    const { data } = await session.subscribe("news", undefined, { schema: slow });
    for (const n of [1, 2, 3]) server.last.send({ topic: "topic-of-news", data: n });
    await clock.advance(0);
    const events = data?.subscription[Symbol.asyncIterator]();
    expect([await events?.next(), await events?.next(), await events?.next()]).toMatchObject([
      { value: 2 },
      { value: 4 },
      { value: 6 },
    ]);
  });

  it("A schema validates and types the response of a call", async () => {
    const { open } = stage();
    const session = await open();
    const good = await session.call("echo", { x: "7", z: 1 }, { schema: point });
    expect(good.data?.response.x).toBe(7);
    const bad = await session.call("echo", { x: "hunter2" }, { schema: point });
    expect(bad.error).toMatchObject({
      code: "INVALID_RESPONSE",
      phase: "receive",
      sent: "yes",
      retryable: false,
    });
    expect(bad.error?.message).toContain("at x");
    expect(JSON.stringify(bad.error)).not.toContain("hunter2");
  });

  it.each([undefined, 5, null, { issues: 5 }])(
    "A schema that returns %j fails the call, and the session continues",
    async (junk) => {
      const { open, server, clock } = stage();
      const session = await open();
      for (const outcome of [junk, Promise.resolve(junk)]) {
        const validate = (value: unknown): { value: unknown } => ({ value });
        const schema = { "~standard": { version: 1 as const, vendor: "test", validate } };
        Object.assign(schema["~standard"], { validate: () => outcome });
        expect((await session.call("echo", 1, { schema })).error?.code).toBe("INVALID_RESPONSE");
        const { data } = await session.subscribe("news", undefined, { schema });
        server.last.send({ topic: "topic-of-news", data: 1 });
        await clock.advance(0);
        const next = data?.subscription[Symbol.asyncIterator]().next();
        await expect(next).rejects.toMatchObject({ code: "INVALID_RESPONSE" });
      }
      expect((await session.call("echo", 2)).data?.response).toBe(2);
    },
  );

  const bad = (): never => {
    throw new Error("broken result");
  };
  const then = "then";
  it.each<[string, () => unknown]>([
    ["whose then throws", () => Object.defineProperty({}, then, { value: bad })],
    ["whose then cannot be read", () => Object.defineProperty({}, then, { get: bad })],
    [
      "whose value cannot be read",
      () => ({
        get value() {
          return bad();
        },
      }),
    ],
    [
      "whose issues cannot be read",
      () => ({
        get issues() {
          return bad();
        },
      }),
    ],
    ["with an issue whose message is no text", () => ({ issues: [{ message: Object.create(null) }] })],
    [
      "with an issue whose path is no text",
      () => ({ issues: [{ message: "no", path: [Object.create(null)] }] }),
    ],
  ])("A result %s fails the call and the subscription at once, and nothing else", async (_, result) => {
    const { open, server, clock } = stage();
    const session = await open();
    for (const outcome of [result, async () => result()]) {
      const validate = (value: unknown): { value: unknown } => ({ value });
      const schema = { "~standard": { version: 1 as const, vendor: "test", validate } };
      Object.assign(schema["~standard"], { validate: outcome });
      const call = session.call("echo", 1, { schema });
      const next = session.call("echo", 2);
      expect((await call).error).toMatchObject({ code: "INVALID_RESPONSE", sent: "yes" });
      expect((await next).data?.response).toBe(2);
      const { data } = await session.subscribe("news", undefined, { schema });
      const event = data?.subscription[Symbol.asyncIterator]().next();
      const failed = expect(event).rejects.toMatchObject({ code: "INVALID_RESPONSE" });
      server.last.send({ topic: "topic-of-news", data: 1 });
      await clock.advance(0);
      await failed;
    }
    expect(clock.now()).toBe(0);
  });

  it("A schema that throws or never settles fails the call within its deadline", async () => {
    const { open, clock } = stage();
    const session = await open();
    const schema = (validate: () => never | Promise<never>) => ({
      "~standard": { version: 1 as const, vendor: "test", validate },
    });
    const cause = new Error("broken schema");
    const thrown = await session.call("echo", 1, {
      schema: schema(() => {
        throw cause;
      }),
    });
    expect(thrown.error).toMatchObject({ code: "INVALID_RESPONSE", cause });
    const hanging = session.call("echo", 1, {
      schema: schema(() => new Promise(() => undefined)),
      timeoutMs: 200,
    });
    await clock.advance(200);
    expect((await hanging).error).toMatchObject({ code: "RECEIVE_TIMEOUT" });
  });

  it("A schema may return a promise of another realm", async () => {
    const { open } = stage();
    const session = await open();
    const foreign: Promise<{ value: string }> = runInNewContext('Promise.resolve({ value: "later" })');
    const schema = { "~standard": { version: 1 as const, vendor: "x", validate: () => foreign } };
    expect((await session.call("echo", 1, { schema })).data?.response).toBe("later");
  });
});

it("A value that a schema quotes in its issues appears only in the cause", async () => {
  const { open } = stage();
  const session = await open();
  const issues = [{ message: 'Expected number but received "hunter2"', path: ["pin"] }];
  const schema = { "~standard": { version: 1 as const, vendor: "test", validate: () => ({ issues }) } };
  const { error } = await session.call("echo", { pin: "hunter2" }, { schema });
  expect(error?.message).toContain("at pin");
  expect(error?.message).not.toContain("hunter2");
  expect(JSON.stringify(error)).not.toContain("hunter2");
  expect(String(error?.cause)).toContain("Expected number");
});

it.each<[string, StandardSchema.Outcome<unknown>]>([
  ["good", { value: 1 }],
  ["bad", { issues: [{ message: "no" }] }],
])(
  "A %s outcome of a schema after the call's deadline changes nothing and is not counted",
  async (_, verdict) => {
    const statsSink = recordingSink();
    const { open, clock } = stage({ statsSink });
    const session = await open();
    let judge = (): void => undefined;
    const validate = () =>
      new Promise<StandardSchema.Outcome<unknown>>((resolve) => {
        judge = () => resolve(verdict);
      });
    const schema: StandardSchema = { "~standard": { version: 1, vendor: "x", validate } };
    const call = session.call("echo", 1, { schema, timeoutMs: 100, correlationId: "mine" });
    await clock.advance(100);
    expect((await call).error).toMatchObject({ code: "RECEIVE_TIMEOUT", sent: "yes" });
    judge();
    await clock.advance(0);
    const mine = statsSink.events.filter(
      (event) => "correlationId" in event && event.correlationId === "mine",
    );
    expect(mine.map(({ type }) => type).filter((type) => type.startsWith("operation"))).toEqual([
      "operation-called",
      "operation-started",
      "operation-failed",
    ]);
  },
);

it("A call whose schema exceeds the deadline reports that the answer has arrived", async () => {
  const { open, clock } = stage();
  const session = await open();
  const validate = () => new Promise<never>(() => undefined);
  const schema = { "~standard": { version: 1 as const, vendor: "x", validate } };
  const call = session.call("echo", 1, { schema, timeoutMs: 100 });
  await clock.advance(100);
  expect((await call).error).toMatchObject({ code: "RECEIVE_TIMEOUT", sent: "yes" });
});

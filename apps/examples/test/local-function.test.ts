import { setTimeout } from "node:timers/promises";
import { expect, it, onTestFinished } from "vitest";
import { LocalFunction } from "../home-assistant-lambda/lambda/local-function.ts";

const ticking = new URL("support/functions/ticking.ts", import.meta.url);
const broken = new URL("support/functions/broken.ts", import.meta.url);

function start(module: URL, options: { handler?: string; timeoutMs?: number } = {}): LocalFunction {
  const started = new LocalFunction({ module, timeoutMs: 5_000, execArgv: [], ...options });
  onTestFinished(() => started[Symbol.asyncDispose]());
  return started;
}

it("no timer of a function fires between two invocations, which use the same process", async () => {
  const local = start(ticking);
  const before = await local.invoke({});
  await setTimeout(1_000);
  const after = await local.invoke({});

  expect(before.payload).toMatchObject({ invocations: 1, pid: expect.any(Number) });
  expect(after.payload).toMatchObject({ invocations: 2, pid: Object(before.payload).pid });
  expect(Object(after.payload).ticks - Object(before.payload).ticks).toBeLessThan(50);
});

it("invocations run one at a time, each with its deadline", async () => {
  const local = start(ticking);
  const outcomes = await Promise.all([1, 2, 3].map(() => local.invoke({ waitMs: 50 })));

  expect(outcomes.map(({ payload }) => Object(payload))).toEqual(
    [1, 2, 3].map((invocations) =>
      expect.objectContaining({
        invocations,
        running: 0,
        context: {
          awsRequestId: `invocation-${invocations}`,
          functionName: "example",
          invokedFunctionArn: expect.stringMatching(/^arn:aws:lambda:/),
        },
      }),
    ),
  );
  for (const { payload } of outcomes) {
    expect(Object(payload).remainingMs).toBeGreaterThan(4_000);
    expect(Object(payload).remainingMs).toBeLessThanOrEqual(5_000);
  }
});

it("an error thrown by a handler fails its invocation, and the process lives on", async () => {
  const local = start(ticking);
  expect(await local.invoke({ fail: "on purpose" })).toEqual({
    functionError: "Unhandled",
    payload: { errorType: "RangeError", errorMessage: "on purpose", stackTrace: expect.any(Array) },
  });
  expect(await local.invoke({})).toMatchObject({ payload: { invocations: 2 } });
});

it.each([
  ["takes too long", { waitMs: 60_000 }, "Sandbox.Timedout"],
  ["ends its process", { exit: 3 }, "Runtime.ExitError"],
])(
  "an invocation that %s ends the process, and the next one starts a new process",
  async (_, order, errorType) => {
    const local = start(ticking, { timeoutMs: 2_000 });
    const first = await local.invoke({});
    expect(await local.invoke(order)).toMatchObject({ functionError: "Unhandled", payload: { errorType } });
    const third = await local.invoke({});

    expect(third).toMatchObject({ payload: { invocations: 1 } });
    expect(Object(third.payload).pid).not.toBe(Object(first.payload).pid);
  },
);

it("a process that was killed while stopped is replaced", async () => {
  const local = start(ticking);
  const { payload } = await local.invoke({});
  process.kill(Object(payload).pid, "SIGKILL");
  await setTimeout(200);

  expect(await local.invoke({})).toMatchObject({ payload: { invocations: 1 } });
});

it.each([
  ["code that does not load", broken, "handler", "it cannot be loaded"],
  ["a missing handler", ticking, "handle", "ticking exports no function handle"],
])("%s fails every invocation", async (_, module, handler, errorMessage) => {
  const failing = start(module, { handler });
  for (const _ of [1, 2]) {
    expect(await failing.invoke({})).toMatchObject({ functionError: "Unhandled", payload: { errorMessage } });
  }
});

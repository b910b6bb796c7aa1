import { recordingSink } from "@outsock/core/testing";
import { expect, it } from "vitest";
import type { StandardSchema } from "../src/index.ts";
import { stage } from "./support/stage.ts";

it.each<[string, StandardSchema.Outcome<unknown>]>([
  ["good", { value: 1 }],
  ["bad", { issues: [{ message: "no" }] }],
])(
  "a %s verdict of a schema that comes after the call's time changes nothing, and is not counted",
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

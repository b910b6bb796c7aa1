import { TransportError } from "@outsock/core";
import { describe, expect, it } from "vitest";
import { manualFixture } from "./support/manual-transport.ts";

describe("an acquire that is aborted while pending", () => {
  it("aborts the dial that is no longer needed", async () => {
    const { openMany, dials } = manualFixture();
    const controller = new AbortController();
    const [outcome] = openMany(1, controller.signal);
    controller.abort();
    expect(await outcome).toMatchObject({ code: "ABORTED" });
    expect(dials[0]?.state).toBe("aborted");
  });

  it("leaves its dial to the next pending acquire", async () => {
    const { openMany, dials } = manualFixture();
    const controller = new AbortController();
    const [impatient] = openMany(1, controller.signal);
    const [patient] = openMany(1);
    controller.abort();
    expect(await impatient).toMatchObject({ code: "ABORTED" });
    dials[0]?.succeed();
    expect(await patient).toBe("open");
    expect(dials).toHaveLength(1);
  });

  it("leaves no listener on the signal, whether it succeeded or failed", async () => {
    const { openMany, dials } = manualFixture();
    const listeners = new Set<unknown>();
    const counted: AbortSignal = Object.assign(new AbortController().signal, {
      addEventListener: (_: string, listener: unknown) => void listeners.add(listener),
      removeEventListener: (_: string, listener: unknown) => void listeners.delete(listener),
    });
    const outcomes = openMany(2, counted);
    expect(listeners.size).toBe(2);
    dials[0]?.succeed();
    await outcomes[0];
    dials[1]?.fail(new TransportError("CONNECT_FAILED", "no"));
    await outcomes[1];
    expect(listeners.size).toBe(0);
  });
});

it("an open with an aborted signal dials nothing", async () => {
  const { openMany, dials } = manualFixture();
  const [outcome] = openMany(1, AbortSignal.abort());
  expect(await outcome).toMatchObject({ code: "ABORTED" });
  expect(dials).toHaveLength(0);
});

describe("an abort within a channel event", () => {
  it("does not affect the acquire that is being served, nor any other", async () => {
    const { openMany, dials, clock, pool } = manualFixture();
    const controller = new AbortController();
    const events = { message: () => controller.abort() };
    const [first] = openMany(1, controller.signal, events);
    const [second] = openMany(1);
    dials[0]?.events.message(Object.create(null));
    dials[0]?.succeed();
    expect(await first).toBe("open");
    await clock.advance(0);
    dials[1]?.succeed();
    expect(await second).toBe("open");
    expect(pool.getStats()).toMatchObject({ lentCount: 2, openedCount: 2 });
  });
});

import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import type { Session } from "../src/index.ts";
import { stage } from "./support/stage.ts";

function record(session: Session): string[] {
  const seen: string[] = [];
  session.on("state", ({ state, previous }) => seen.push(`${previous}, ${state}`));
  return seen;
}

describe("listeners", () => {
  it("Events stay in order when an earlier listener closes the session", async () => {
    const { open, server, clock } = stage();
    const session = await open();
    session.on("state", ({ state }) => {
      if (state === "waiting") void session.close();
    });
    const seen = record(session);
    server.last.peer.drop();
    await clock.advance(0);
    expect(seen).toEqual(["ready, waiting", "waiting, closed"]);
  });

  it("Events stay in order when a listener closes the session after a failure", async () => {
    const { open, server, clock } = stage();
    const session = await open();
    session.on("failure", () => void session.close());
    const seen = record(session);
    server.goDown();
    await clock.advance(5_000);
    expect(seen).toEqual(["ready, waiting", "waiting, connecting", "connecting, waiting", "waiting, closed"]);
  });

  it("A listener can call on the connection that it is notified of", async () => {
    const { open, server, clock } = stage();
    const session = await open();
    const responses: unknown[] = [];
    session.on("gap", async () => responses.push((await session.call("echo", "gap")).data?.response));
    session.on("state", async ({ state }) => {
      if (state === "ready") responses.push((await session.call("echo", state)).data?.response);
    });
    server.last.peer.drop();
    await clock.advance(1_000);
    expect(responses).toEqual(["gap", "ready"]);
  });

  it("A listener added during an event receives the next one", async () => {
    const { open, server, clock } = stage();
    const session = await open();
    let heard = 0;
    const again = (): void => {
      heard += 1;
      if (heard < 50) session.on("state", again);
    };
    session.on("state", again);
    server.last.peer.drop();
    await clock.advance(0);
    expect(heard).toBe(1);
  });

  it("A listener removed during an event receives nothing more", async () => {
    const { open, server, clock } = stage();
    const session = await open();
    const heard: string[] = [];
    session.on("state", () => second[Symbol.dispose]());
    const second = session.on("state", ({ state }) => heard.push(state));
    server.last.peer.drop();
    await clock.advance(0);
    expect(heard).toEqual([]);
  });
});

describe("the events of a session", () => {
  it("Every change of state is reported", async () => {
    const { open, server, clock } = stage();
    const session = await open();
    const states: string[] = [];
    session.on("state", ({ previous, state }) => states.push(`${previous} > ${state}`));
    server.last.peer.drop();
    await clock.advance(1_000);
    await session.close();
    expect(states).toEqual([
      "ready > waiting",
      "waiting > connecting",
      "connecting > ready",
      "ready > closing",
      "closing > closed",
    ]);
  });

  it("A gap is reported after a loss, with its duration", async () => {
    const { open, server, clock } = stage();
    const session = await open();
    const gaps: unknown[] = [];
    session.on("gap", (gap) => gaps.push(gap));
    server.last.peer.drop();
    await clock.advance(5_000);
    expect(gaps).toEqual([{ sinceMs: 1_000, subscriptions: 0 }]);
  });

  it("Only active listeners are called, and one that throws harms nothing", async () => {
    const { open, server, clock } = stage();
    const session = await open();
    const heard: string[] = [];
    session.on("event", () => {
      throw new Error("a listener broke");
    });
    session.on("event", () => Promise.reject(new Error("later")));
    const once = session.on("event", () => heard.push("disposed"));
    const controller = new AbortController();
    session.on("event", () => heard.push("signal"), { signal: controller.signal });
    session.on("event", () => heard.push("aborted"), { signal: AbortSignal.abort() });
    session.on("event", ({ topic }) => heard.push(String(topic)));
    server.last.send({ topic: "one", data: 1 });
    await clock.advance(0);
    once[Symbol.dispose]();
    controller.abort();
    server.last.send({ topic: "two", data: 1 });
    await clock.advance(0);
    expect(heard).toEqual(["disposed", "signal", "one", "two"]);
    expect((await session.call("echo", 1)).success).toBe(true);
  });

  it("Nothing is left on a listener's signal once the session is closed, however it ended", async () => {
    for (const how of ["close", "dispose", "fail"]) {
      const { open, server, clock, manager } = stage();
      const session = await open({ reconnect: false });
      const { signal } = new AbortController();
      const heard: string[] = [];
      for (const name of ["state", "failure", "gap", "rotation", "event"] as const)
        session.on(name, () => heard.push(session.state), { signal });
      expect(getEventListeners(signal, "abort")).toHaveLength(5);
      if (how === "close") void session.close();
      else if (how === "dispose") void manager.dispose();
      else server.last.peer.drop();
      await clock.advance(10_000);
      expect([how, session.state, heard.at(-1)]).toEqual([how, "closed", "closed"]);
      session.on("state", () => undefined, { signal });
      expect(getEventListeners(signal, "abort")).toEqual([]);
    }
  });

  it("An unknown event name is a TypeError", async () => {
    const { open } = stage();
    const session = await open();
    const name = Object("error").toString();
    expect(() => session.on(name, () => undefined)).toThrow("no event error");
    expect(() => session.on("state", Object(1))).toThrow("function");
  });
});

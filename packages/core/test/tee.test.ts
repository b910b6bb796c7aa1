import { expect, it } from "vitest";
import { type StatsSink, tee, unwrap } from "../src/index.ts";
import { recordingSink } from "../src/testing.ts";
import { scene } from "./support/scene.ts";

it("every sink of a tee hears every event, in the order of the sinks", async () => {
  const heard: string[] = [];
  const noting = (name: string): StatsSink => ({ record: ({ type }) => void heard.push(`${name} ${type}`) });
  const { manager } = scene({ statsSink: tee(noting("a"), noting("b")) });
  await manager.connect("");
  expect(heard.slice(0, 4)).toEqual([
    "a operation-called",
    "b operation-called",
    "a operation-started",
    "b operation-started",
  ]);
});

it("a sink that throws, or whose promise is rejected, harms neither the operation nor the other sinks", async () => {
  const rejected: unknown[] = [];
  const note = (reason: unknown): unknown => rejected.push(reason);
  process.on("unhandledRejection", note);
  const last = recordingSink();
  const statsSink = tee(
    {
      record() {
        throw new Error("sink");
      },
    },
    { record: async () => Promise.reject(new Error("sink")) },
    last,
  );
  const { manager } = scene({ statsSink });
  const { connection } = unwrap(await manager.connect("ws://peer.test/"));
  expect((await manager.send(connection, 1)).success).toBe(true);
  await new Promise(setImmediate);
  process.off("unhandledRejection", note);
  expect(rejected).toEqual([]);
  expect(last.of("message-sent")).toHaveLength(1);
});

it("a tee may be empty, and refuses what is no sink", () => {
  expect(tee().record({ type: "reset" })).toBeUndefined();
  const broken: StatsSink[] = JSON.parse("[{}]");
  expect(() => tee(...broken)).toThrow("tee: a sink must have a method record");
});

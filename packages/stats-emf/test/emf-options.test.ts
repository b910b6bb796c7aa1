import { Metrics } from "@aws-lambda-powertools/metrics";
import { unwrap } from "@outsock/core";
import { expect, it } from "vitest";
import { emfStats } from "../src/index.ts";
import { scene, url } from "./support/scene.ts";

it.each([
  [{}, /metrics is missing/],
  [{ metrics: {} }, /metrics must be/],
  [{ metrics: new Metrics(), namespace: "Mine" }, /unknown option "namespace"/],
])("an invalid option throws: %o", (options, problem) => {
  expect(() => Reflect.apply(emfStats, undefined, [options])).toThrow(problem);
});

it.each([
  [{ metadata: "r-1" }, /metadata must be/],
  [{ metadata: { requestId: 5 } }, /has requestId/],
  [{ metadata: { Operation: "mine" } }, /has Operation/],
  [{ metadata: { ReceivedBytes: "5" } }, /has ReceivedBytes/],
  [{ metadata: { _aws: "mine" } }, /has _aws/],
  [{ requestId: "r-1" }, /unknown option "requestId"/],
])("an invalid option of flush throws, and no metric is lost: %o", async (options, problem) => {
  const { manager, stats, flushed } = scene();
  unwrap(await manager.connect(url));
  expect(() => Reflect.apply(stats.flush, stats, [options])).toThrow(problem);
  expect(await flushed()).toHaveLength(2);
});

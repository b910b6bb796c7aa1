import { Registry } from "@prometheus-io/client";
import { expect, it } from "vitest";
import { prometheusStats } from "../src/index.ts";

it.each([
  [{ registery: new Registry() }, /unknown option "registery"/],
  [{}, /registry is missing/],
  [{ registry: {} }, /registry must be/],
  [{ prefix: "" }, /prefix must be/],
  [{ prefix: "9_" }, /prefix must be/],
  [{ prefix: "a:b_" }, /prefix must be/],
  [{ buckets: [] }, /buckets must be/],
  [{ buckets: [1, 1] }, /buckets must be/],
  [{ buckets: [0, 1] }, /buckets must be/],
  [{ buckets: [1, Number.NaN] }, /buckets must be/],
  [{ labels: { operation: "mine" } }, /has operation/],
  [{ labels: { le: "mine" } }, /has le/],
  [{ labels: { __name__: "mine" } }, /has __name__/],
  [{ labels: { "a-b": "mine" } }, /has a-b/],
  [{ labels: { tier: 1 } }, /has tier/],
  [{ maxServers: 0 }, /maxServers must be/],
])("an invalid option throws: %o", (options, problem) => {
  const given =
    "registry" in options || Object.keys(options).length === 0
      ? options
      : { registry: new Registry(), ...options };
  expect(() => Reflect.apply(prometheusStats, undefined, [given])).toThrow(problem);
  expect(() => Reflect.apply(prometheusStats, undefined, [given])).toThrow(TypeError);
});

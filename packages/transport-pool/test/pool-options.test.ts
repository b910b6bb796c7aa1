import { expect, it } from "vitest";
import { poolFixture } from "./support/pool-fixture.ts";

it("pooled throws a TypeError for unknown or invalid options", () => {
  expect(() => poolFixture(Object.fromEntries([["maxIdel", 3]]))).toThrow(TypeError);
  expect(() => poolFixture({ maxIdlePerKey: 0 })).toThrow(TypeError);
  expect(() => poolFixture({ idleMs: -1 })).toThrow(TypeError);
});

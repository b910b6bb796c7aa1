import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { faulty } from "../src/index.ts";
import { faultyFixture } from "./support/faulty-fixture.ts";

const cwd = fileURLToPath(new URL("..", import.meta.url));
const readme = readFileSync(`${cwd}/README.md`, "utf8");

it("the README's example runs and prints the applied faults", async () => {
  const [, example = ""] = readme.match(/```ts\n(.*?)```/s) ?? [];
  const args = ["--conditions=@outsock/source", "--input-type=module", "--eval", example];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd });
  expect(stdout).toBe("drop 1 in 1\ncut 2 out 2\n");
});

it("the README's tables name every fault and every field", () => {
  const named = new Set([...readme.matchAll(/^\| `([\w-]+)` \|/gm)].map(([, name]) => name));
  const { transport } = faultyFixture([]);
  const complaint = (rule: object): string => {
    try {
      Reflect.apply(faulty, undefined, [transport, [rule]]);
      return "";
    } catch (error) {
      return String(error);
    }
  };
  const faults = (/one of (.*)$/.exec(complaint({ fault: "?" }))?.[1] ?? "").split(", ");
  const filter = (/known are (.*)$/.exec(complaint({ fault: "stall", no: 1 }))?.[1] ?? "").split(", ");
  expect([...named].sort()).toEqual([...faults, ...filter.filter((name) => name !== "fault")].sort());
});

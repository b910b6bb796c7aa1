import { expect, it } from "vitest";
import { registerScenarios, runBounded } from "../src/index.ts";

const scenarios = ["one", "two"].map((id) => ({
  id,
  behaviour: `promise ${id}`,
  run: (harness: string[]) => Promise.resolve(void harness.push(id)),
}));

it("scenarios are registered by id and promise, and skipped with what is lacking", async () => {
  const ran: string[] = [];
  const names: string[] = [];
  const bodies: (() => Promise<void>)[] = [];
  const register = (name: string, body: () => Promise<void>): void => {
    names.push(name);
    bodies.push(body);
  };
  const skip = (name: string): void => void names.push(name);
  registerScenarios(
    { suite: "suite", scenarios, harness: ran, lacking: ({ id }) => (id === "two" ? ["a", "b"] : []) },
    { describe: (_, body) => body(), it: Object.assign(register, { skip }) },
  );
  await Promise.all(bodies.map((body) => body()));
  expect(names).toEqual(["[one] promise one", "[two] promise two (needs a, b)"]);
  expect(ran).toEqual(["one"]);
});

it("a scenario that takes too long fails with its id", async () => {
  await expect(runBounded("open:slow", 1, () => new Promise(() => undefined))).rejects.toMatchObject({
    name: "ContractViolation",
    message: "open:slow: not done after 1 ms",
  });
  await runBounded("open:fast", 1_000, async () => undefined);
});

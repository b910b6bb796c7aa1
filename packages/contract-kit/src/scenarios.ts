import { ContractViolation } from "./assert.ts";

type Register = (name: string, body: () => Promise<void>) => unknown;

/** Contracts declare this in their public types, as these cannot mention a private package. */
interface TestRunner {
  describe(name: string, body: () => void): unknown;
  readonly it: Register & { readonly skip?: Register };
}

/** One promise of a port, as data. */
interface Scenario<Harness> {
  readonly id: string;
  readonly behaviour: string;
  run(harness: Harness): Promise<void>;
}

/** What is needed to register a contract's scenarios for one implementation of its port. */
interface Registration<Harness, One extends Scenario<Harness>> {
  /** The name of the test suite. */
  readonly suite: string;
  readonly scenarios: readonly One[];
  readonly harness: Harness;
  /** What a scenario needs and the implementation does not have. */
  lacking(scenario: One): readonly string[];
}

/** Registers every scenario as a test. One whose needs are not met is registered as skipped, with the reason in its name. */
export function registerScenarios<Harness, One extends Scenario<Harness>>(
  { suite, scenarios, harness, lacking }: Registration<Harness, One>,
  { describe, it }: TestRunner,
): void {
  describe(suite, () => {
    for (const scenario of scenarios) {
      const name = `[${scenario.id}] ${scenario.behaviour}`;
      const body = (): Promise<void> => scenario.run(harness);
      const missing = lacking(scenario);
      if (missing.length === 0) it(name, body);
      else it.skip?.(`${name} (needs ${missing.join(", ")})`, body);
    }
  });
}

/** Runs a scenario's body. Rejects with a {@link ContractViolation} that names the scenario if it takes too long. */
export async function runBounded(id: string, timeoutMs: number, body: () => Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    const error = new ContractViolation(`${id}: not done after ${timeoutMs} ms`);
    timer = setTimeout(() => reject(error), timeoutMs);
  });
  try {
    await Promise.race([body(), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** What a scenario throws when the limiter broke its promise. Shaped like the errors of node:assert. */
export class ContractViolation extends Error {
  override readonly name = "ContractViolation";
  readonly actual: unknown;
  readonly expected: unknown;

  constructor(message: string, actual?: unknown, expected?: unknown) {
    super(message);
    this.actual = actual;
    this.expected = expected;
  }
}

export function equal<T>(actual: T, expected: T, what: string): void {
  if (Object.is(actual, expected)) return;
  throw new ContractViolation(`${what}: ${String(actual)} instead of ${String(expected)}`, actual, expected);
}

export function ok(holds: boolean, what: string): void {
  if (!holds) throw new ContractViolation(what, false, true);
}

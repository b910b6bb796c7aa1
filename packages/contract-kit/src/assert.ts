/** Thrown by a scenario when what it tests breaks the contract. It has the shape of an error of node:assert. */
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
  throw new ContractViolation(`${what}: ${show(actual)} instead of ${show(expected)}`, actual, expected);
}

export function ok(holds: boolean, what: string): void {
  if (!holds) throw new ContractViolation(what, false, true);
}

/** Both have the same items in the same order. */
export function sameItems<T>(actual: ArrayLike<T>, expected: ArrayLike<T>, what: string): void {
  equal(actual.length, expected.length, `${what}, how many`);
  for (let i = 0; i < expected.length; i += 1) {
    if (!Object.is(actual[i], expected[i])) equal(actual[i], expected[i], `${what}, at ${i}`);
  }
}

export function throws(run: () => unknown, what: string): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new ContractViolation(`${what}: nothing was thrown`);
}

function show(value: unknown): string {
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return text.length > 100 ? `${text.slice(0, 100)}...` : text;
}

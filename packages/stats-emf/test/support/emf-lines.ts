import { Ajv } from "ajv";
import { vi } from "vitest";
import { emfSchema } from "./emf-schema.ts";

export interface EmfLine {
  readonly dimensions: Readonly<Record<string, string>>;
  /** Every metric: its unit and its values. */
  readonly metrics: Readonly<Record<string, { readonly unit: string; readonly values: readonly number[] }>>;
  /** The other fields at the root. */
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly namespace: string;
  readonly text: string;
}

interface Document {
  readonly _aws: {
    readonly CloudWatchMetrics: readonly {
      readonly Namespace: string;
      readonly Dimensions: readonly (readonly string[])[];
      readonly Metrics: readonly { readonly Name: string; readonly Unit: string }[];
    }[];
  };
  readonly [member: string]: unknown;
}

const validate = new Ajv({ allowUnionTypes: true }).compile<Document>(emfSchema);

/** What `run` writes to this process' stdout, each line a document of the format. */
export async function written(run: () => unknown): Promise<EmfLine[]> {
  let text = "";
  const spy = vi.spyOn(process.stdout, "write").mockImplementation((chunk) => {
    text += String(chunk);
    return true;
  });
  try {
    await run();
  } finally {
    spy.mockRestore();
  }
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map(parseEmfLine);
}

/** @throws for an invalid document. */
export function parseEmfLine(text: string): EmfLine {
  const document: unknown = JSON.parse(text);
  if (!validate(document)) throw new Error(`${text}: ${JSON.stringify(validate.errors)}`);
  const { _aws, ...root } = document;
  const [directive, ...more] = _aws.CloudWatchMetrics;
  const [set = [], ...sets] = directive?.Dimensions ?? [];
  if (directive === undefined || more.length + sets.length > 0) throw new Error(`${text}: more than one set`);
  const dimensions = Object.fromEntries(set.map((name) => [name, dimensionOf(root[name], name)]));
  const metrics = Object.fromEntries(
    directive.Metrics.map(({ Name, Unit }) => [Name, { unit: Unit, values: valuesOf(root[Name], Name) }]),
  );
  const others = Object.entries(root).filter(([name]) => !(name in dimensions) && !(name in metrics));
  return { dimensions, metrics, metadata: Object.fromEntries(others), namespace: directive.Namespace, text };
}

function dimensionOf(target: unknown, name: string): string {
  if (typeof target !== "string" || target === "") throw new Error(`dimension ${name} has no value`);
  return target;
}

function valuesOf(target: unknown, name: string): readonly number[] {
  const values: unknown[] = Array.isArray(target) ? target : [target];
  const numbers = values.filter((value) => typeof value === "number");
  if (numbers.length !== values.length || values.length === 0 || values.length > 100)
    throw new Error(`metric ${name} has the values ${JSON.stringify(target)}`);
  return numbers;
}

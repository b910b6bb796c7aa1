/**
 * A validator that follows Standard Schema 1 (https://standardschema.dev): Zod, Valibot, ArkType, Effect and others. Only the
 * members that are used here are declared.
 */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (
      value: unknown,
    ) => StandardSchema.Outcome<Output> | Promise<StandardSchema.Outcome<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

export declare namespace StandardSchema {
  type Outcome<Output> =
    | { readonly value: Output; readonly issues?: undefined }
    | { readonly issues: readonly Issue[] };

  interface Issue {
    readonly message: string;
    readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
  }

  /** The type of a value after validation. */
  type Output<Schema extends StandardSchema> = NonNullable<Schema["~standard"]["types"]>["output"];
}

import { UsageError } from "../output/usage-error.ts";

/**
 * The handshake's headers, out of `Name: value` and `Name=VARIABLE`. What HTTP allows in them, the library checks.
 * @throws UsageError, which never shows a value.
 */
export function readHeaders(
  headers: readonly string[],
  headersFromEnvironment: readonly string[],
  environment: NodeJS.ProcessEnv,
): Record<string, string> {
  const pairs = [
    ...headers.map(splitHeader),
    ...headersFromEnvironment.map((text) => takeFromEnvironment(text, environment)),
  ];
  const names = new Set<string>();
  for (const [name] of pairs) {
    if (names.has(name.toLowerCase())) throw new UsageError(`the header ${name} is given twice`);
    names.add(name.toLowerCase());
  }
  return Object.fromEntries(pairs);
}

/** The value of an environment variable. @throws UsageError when it is not set or empty. */
export function environmentValue(variable: string, environment: NodeJS.ProcessEnv): string {
  const value = environment[variable];
  if (value === undefined || value === "") {
    throw new UsageError(`the environment variable ${variable} is ${value === "" ? "empty" : "not set"}`);
  }
  return value;
}

function splitHeader(text: string): [string, string] {
  const colon = text.indexOf(":");
  if (colon < 1) throw new UsageError("a header is written 'Name: value'");
  return [text.slice(0, colon).trim(), text.slice(colon + 1).trim()];
}

function takeFromEnvironment(text: string, environment: NodeJS.ProcessEnv): [string, string] {
  const equals = text.indexOf("=");
  if (equals < 1 || equals === text.length - 1) {
    throw new UsageError("--header-env is written Name=VARIABLE");
  }
  const value = environmentValue(text.slice(equals + 1).trim(), environment);
  return [text.slice(0, equals).trim(), value.trim()];
}

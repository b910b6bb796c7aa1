import type { ManagerContext } from "../manager-context.ts";
import { definedOptions } from "../options/checks.ts";
import { checkOperation } from "../options/operation-options.ts";
import type { OperationName } from "../ports/stats-sink.ts";
import type { Result } from "../result.ts";
import { isObject } from "../values.ts";
import type { OperationData, Stats } from "../web-socket-manager.ts";

type AnyResult = Promise<Result<OperationData[OperationName]>>;

/** A manager as seen from here: what is not an option is judged by the operation itself. */
interface Operations {
  connect(...parameters: readonly unknown[]): AnyResult;
  send(...parameters: readonly unknown[]): AnyResult;
  receive(...parameters: readonly unknown[]): AnyResult;
  close(...parameters: readonly unknown[]): AnyResult;
  request(...parameters: readonly unknown[]): AnyResult;
  getStats(): Stats;
}

/** What each operation takes besides its options, in the order of its parameters. */
const takes: { readonly [Name in OperationName]: readonly string[] } = {
  connect: ["url"],
  send: ["connection", "message"],
  receive: ["connection"],
  close: ["connection"],
  request: ["url", "message"],
  getStats: [],
  reset: [],
};

function isOperation(name: string): name is OperationName {
  return Object.hasOwn(takes, name);
}

/**
 * Runs an operation by its name. A connection may be named by its id: what comes from outside can name it, but not hold it.
 *
 * @throws TypeError for an unknown operation or parameter.
 */
export function executeOperation(
  manager: Operations,
  context: ManagerContext,
  reset: (options: object) => AnyResult,
  name: string,
  parameters: unknown,
): AnyResult {
  if (!isObject(parameters)) throw new TypeError(`execute: the parameters of ${name} must be an object`);
  if (!isOperation(name)) {
    const known = Object.keys(takes).join(", ");
    throw new TypeError(`execute: unknown operation "${name}"; known are ${known}`);
  }
  const { url, connection, message, ...options }: Record<string, unknown> = { ...parameters };
  const given: Record<string, unknown> = { url, connection, message };
  checkOperation(name, { ...options, ...definedOptions(given) }, takes[name]);
  if (typeof connection === "string") given.connection = context.byId(connection);
  if (name === "getStats") return Promise.resolve({ success: true, data: manager.getStats() });
  if (name === "reset") return reset(options);
  return manager[name](...takes[name].map((parameter) => given[parameter]), options);
}

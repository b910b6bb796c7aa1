/** The part of undici's dispatchers that is used. Handlers are passed on without being understood. */
export interface Dispatcher {
  dispatch(options: object, handler: object): boolean;
}

function isDispatcher(value: unknown): value is Dispatcher {
  return typeof value === "object" && value !== null && "dispatch" in value;
}

/**
 * The dispatcher that Node's WebSocket would use by itself: the process-wide one. Its number tells the interface of
 * the handlers it takes; a handler with `onRequestStart` is of the second.
 */
export function globalDispatcher(handler: object): Dispatcher {
  const numbers = "onRequestStart" in handler ? [2, 1] : [1, 2];
  for (const number of numbers) {
    const found: unknown = Reflect.get(globalThis, Symbol.for(`undici.globalDispatcher.${number}`));
    if (isDispatcher(found)) return found;
  }
  throw new Error("this process has no global dispatcher");
}

/** An own property whose key is a symbol of this description: undici keeps an agent's settings in such. */
function setting(dispatcher: object, description: string): unknown {
  const key = Object.getOwnPropertySymbols(dispatcher).find((symbol) => symbol.description === description);
  return key && Reflect.get(dispatcher, key);
}

/**
 * The class of undici's plain agent, where the dispatcher is one that nobody has configured, wrapped or replaced. With
 * any other the user wants something (a proxy, a certificate authority, a mock), so it has to be used itself.
 */
export function plainAgentClass(dispatcher: Dispatcher): object | undefined {
  const agentClass: unknown = dispatcher.constructor;
  if (typeof agentClass !== "function" || agentClass.name !== "Agent") return undefined;
  if (Reflect.get(agentClass.prototype, "dispatch") !== dispatcher.dispatch) return undefined;
  const options = setting(dispatcher, "options");
  const factory = setting(dispatcher, "factory");
  if (typeof options !== "object" || options === null || typeof factory !== "function") return undefined;
  const isDefault = Object.values(options).every(
    (value) => value === undefined || value === Number.POSITIVE_INFINITY,
  );
  return isDefault && factory.name === "defaultFactory" ? agentClass : undefined;
}

/** A plain agent of this class that gets its sockets from `connect`. */
export function agentWith(agentClass: object, connect: unknown): Dispatcher | undefined {
  if (typeof agentClass !== "function") return undefined;
  const agent: unknown = Reflect.construct(agentClass, [{ connect, allowH2: false }]);
  return isDispatcher(agent) ? agent : undefined;
}

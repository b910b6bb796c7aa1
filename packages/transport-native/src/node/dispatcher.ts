/** The part of undici's dispatchers that is used. Handlers are passed on without being understood. */
export interface Dispatcher {
  dispatch(options: object, handler: object): boolean;
}

function isDispatcher(value: unknown): value is Dispatcher {
  return typeof value === "object" && value !== null && "dispatch" in value;
}

function numbered(number: number): Dispatcher | undefined {
  const found: unknown = Reflect.get(globalThis, Symbol.for(`undici.globalDispatcher.${number}`));
  return isDispatcher(found) ? found : undefined;
}

/**
 * The dispatcher that Node's WebSocket would use by itself: the process-wide one. Its number stands for the interface of
 * the handlers it takes; a handler with `onRequestStart` is of the second.
 */
export function globalDispatcher(handler: object): Dispatcher {
  const numbers = "onRequestStart" in handler ? [2, 1] : [1, 2];
  for (const number of numbers) {
    const found = numbered(number);
    if (found) return found;
  }
  throw new Error("this process has no global dispatcher");
}

/** An own property whose key is a symbol of this description: undici keeps an agent's settings in such. */
function setting(dispatcher: object, description: string): unknown {
  const key = Object.getOwnPropertySymbols(dispatcher).find((symbol) => symbol.description === description);
  return key && Reflect.get(dispatcher, key);
}

/** The class of the dispatcher, where it has this name and its `dispatch` is the class's own. */
function classNamed(name: string, dispatcher: Dispatcher): object | undefined {
  const found: unknown = dispatcher.constructor;
  if (typeof found !== "function" || found.name !== name) return undefined;
  return Reflect.get(found.prototype, "dispatch") === dispatcher.dispatch ? found : undefined;
}

/**
 * The class of undici's plain agent, if the dispatcher was not configured, wrapped or replaced. With
 * any other the user wants something (a proxy, a certificate authority, a mock), so it has to be used itself.
 */
function plainAgentClass(dispatcher: Dispatcher): object | undefined {
  const agentClass = classNamed("Agent", dispatcher);
  const options = setting(dispatcher, "options");
  const factory = setting(dispatcher, "factory");
  if (typeof options !== "object" || options === null || typeof factory !== "function") return undefined;
  const isDefault = Object.values(options).every(
    (value) => value === undefined || value === Number.POSITIVE_INFINITY,
  );
  return isDefault && factory.name === "defaultFactory" ? agentClass : undefined;
}

/**
 * An agent like this dispatcher that gets its sockets from `connect`, where the dispatcher is a plain one. undici 8,
 * once loaded, puts its own agent in a wrapper for handlers of the first interface; the agent is the second dispatcher.
 */
export function plainAgentLike(dispatcher: Dispatcher, connect: unknown): Dispatcher | undefined {
  const wrapperClass = classNamed("Dispatcher1Wrapper", dispatcher);
  if (wrapperClass) {
    const wrapped = numbered(2);
    const agent = wrapped && agentLike(wrapped, connect);
    return agent && constructed(wrapperClass, agent);
  }
  return agentLike(dispatcher, connect);
}

function agentLike(dispatcher: Dispatcher, connect: unknown): Dispatcher | undefined {
  const agentClass = plainAgentClass(dispatcher);
  return agentClass && constructed(agentClass, { connect, allowH2: false });
}

function constructed(dispatcherClass: object, option: object): Dispatcher | undefined {
  if (typeof dispatcherClass !== "function") return undefined;
  try {
    const made: unknown = Reflect.construct(dispatcherClass, [option]);
    return isDispatcher(made) ? made : undefined;
  } catch {
    // An agent of another undici, with other options: the one that is there still works.
    return undefined;
  }
}

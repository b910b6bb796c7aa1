import type { Admission } from "../admission/admission.ts";
import type { Context } from "../operations/context.ts";
import type { Runner } from "../operations/runner.ts";
import type { Foundation } from "./manager-internals.ts";
import { Link } from "./message-stream.ts";

/** The inside of one manager, for what is built on it. */
export function createFoundation(context: Context, admission: Admission, runner: Runner): Foundation {
  const { settings, deadlines } = context;
  return {
    clock: settings.clock,
    capabilities: settings.transport.capabilities,
    timeoutMs: settings.timeoutMs,
    closeTimeoutMs: settings.closeTimeoutMs,
    deadlines,
    begin: (name, correlationId, method) => runner.begin(name, correlationId, method),
    admit: (operation, bounds, url) => admission.ask(operation, 1, bounds, { doing: "message", url }),
    acquire: (operation, reserve, url) => admission.acquire(operation, reserve, { doing: "message", url }),
    count: (url) => admission.count(1, { doing: "message", url }),
    usage: () => admission.usage(),
    onDispose: (run) => context.onDispose(run),
    link(connection) {
      const managed = context.connections.find(connection);
      if (managed === undefined) throw new TypeError("that is no connection of this manager");
      return new Link(context, managed);
    },
  };
}

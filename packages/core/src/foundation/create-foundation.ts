import type { Admission } from "../operations/admission.ts";
import type { Context } from "../operations/context.ts";
import { acquire } from "../operations/refusal.ts";
import type { Foundation } from "./foundation.ts";
import { Link } from "./link.ts";

/** The inside of one manager, for what is built on it. */
export function createFoundation(
  context: Context,
  admission: Admission,
  begin: Foundation["begin"],
): Foundation {
  const { settings, deadlines } = context;
  return {
    clock: settings.clock,
    capabilities: settings.transport.capabilities,
    timeoutMs: settings.timeoutMs,
    closeTimeoutMs: settings.closeTimeoutMs,
    deadlines,
    begin,
    admit: (operation, bounds) => admission.ask(operation, 1, bounds),
    acquire: (reserve) => acquire(settings, 1, { reserve }),
    count: () => admission.count(1),
    usage: () => admission.usage(),
    onDispose: (run) => context.onDispose(run),
    link(connection) {
      const managed = context.connections.find(connection);
      if (managed === undefined) throw new TypeError("that is no connection of this manager");
      return new Link(context, managed);
    },
  };
}

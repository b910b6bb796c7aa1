import type { Admission } from "../admission/admission.ts";
import type { ManagerContext } from "../operations/context.ts";
import type { Runner } from "../operations/runner.ts";
import type { ManagerInternals } from "./manager-internals.ts";
import { MessageStream } from "./message-stream.ts";

/** The inside of one manager, for what is built on it. */
export function createManagerInternals(
  context: ManagerContext,
  admission: Admission,
  runner: Runner,
): ManagerInternals {
  const { settings, deadlines } = context;
  return {
    clock: settings.clock,
    capabilities: settings.transport.capabilities,
    timeoutMs: settings.timeoutMs,
    closeTimeoutMs: settings.closeTimeoutMs,
    deadlines,
    begin: (name, correlationId, method) => runner.begin(name, correlationId, method),
    admit: (operation, bounds, url) => admission.ask(operation, 1, bounds, { action: "message", url }),
    acquire: (operation, reserve, url) => admission.acquire(operation, reserve, { action: "message", url }),
    count: (url) => admission.count(1, { action: "message", url }),
    usage: () => admission.usage(),
    onDispose: (run) => context.onDispose(run),
    messageStream(connection) {
      const managed = context.connections.find(connection);
      if (managed === undefined) throw new TypeError("that is no connection of this manager");
      return new MessageStream(context, managed);
    },
  };
}

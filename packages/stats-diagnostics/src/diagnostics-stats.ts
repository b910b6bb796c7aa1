import type { StatsEvent, StatsSink } from "@outsock/core";
import { OperationChannels } from "./operation-channels.ts";
import { PlainChannels } from "./plain-channels.ts";
import { ServerFieldsCache } from "./server-fields.ts";

/**
 * A stats sink that publishes on channels of `node:diagnostics_channel`: each kind of operation on a tracing channel,
 * `outsock:request` and so on, everything else on plain channels, `outsock:connection-opened` and so on. Without subscribers it
 * creates and keeps nothing.
 *
 * @example
 * const manager = createWebSocketManager({ transport: wsTransport(), statsSink: diagnosticsStats() });
 * tracingChannel<unknown, OperationContext>("outsock:request").subscribe({ start, end, asyncStart, asyncEnd, error });
 */
export function diagnosticsStats(): StatsSink {
  return new DiagnosticsSink();
}

class DiagnosticsSink implements StatsSink {
  readonly #operations: OperationChannels;
  readonly #plain: PlainChannels;

  constructor() {
    const servers = new ServerFieldsCache();
    this.#operations = new OperationChannels(servers);
    this.#plain = new PlainChannels(servers);
  }

  record(event: StatsEvent): void {
    switch (event.type) {
      case "operation-called":
        return this.#operations.called(event);
      case "operation-started":
        return this.#operations.started(event);
      case "operation-succeeded":
      case "operation-failed":
        return this.#operations.ended(event);
      case "rate-limited":
        this.#operations.ended(event);
        return this.#plain.rateLimited(event);
      case "connection-opened":
        return this.#plain.opened(event);
      case "connection-closed":
        return this.#plain.closed(event);
      case "message-sent":
        return this.#plain.sent(event);
      case "message-received":
        return this.#plain.received(event);
      case "message-dropped":
        return this.#plain.dropped(event);
      case "reset":
        return;
    }
  }
}

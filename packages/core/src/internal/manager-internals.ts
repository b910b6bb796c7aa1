import type { Connection } from "../connection/connection.ts";
import type { Operation } from "../operations/operation.ts";
import type { Clock } from "../ports/clock.ts";
import type { RateUsage } from "../ports/rate-limiter.ts";
import type { CountedName } from "../ports/stats-sink.ts";
import type { TransportCapabilities } from "../ports/transport-capabilities.ts";
import type { Deadlines } from "../time/deadlines.ts";
import type { WebSocketManager } from "../web-socket-manager.ts";
import { type AdmissionGate, GatedLane } from "./gated-lane.ts";
import { internalsKey, type WithInternals } from "./manager-parts.ts";
import { MessageStream } from "./message-stream.ts";

/** What a package gives that admits operations by itself. */
export interface CallGate extends Pick<AdmissionGate, "ready"> {
  /** Of the server that messages go to now. */
  readonly url: string | undefined;
}

/**
 * What a package needs that is built on a manager, such as `@outsock/session`: the manager's time, admission, statistics and
 * sockets, below its operations. Not for applications: it may change with any minor version.
 */
export interface ManagerInternals {
  readonly clock: Clock;
  readonly capabilities: TransportCapabilities;
  readonly timeoutMs: number;
  readonly closeTimeoutMs: number;
  /** The manager's own: one timer for all. It keeps the process alive while something is in it. */
  readonly deadlines: Pick<Deadlines, "add" | "remove">;
  /** `onLimit.wait`; 0 under `onLimit: "reject"`. */
  readonly maxWaitMs: number;
  /** A new operation; the clock is read here. `start` it once it is admitted. */
  begin(name: CountedName, correlationId: string | undefined, method?: string): Operation;
  /** A lane of the manager's admission queue for operations that send one message each, with a gate of its own. */
  lane(gate: CallGate, maxQueued: number): GatedLane;
  /** Counts a message that is never refused; without a URL, what is no message to a server. */
  count(url?: string | undefined): void;
  usage(): RateUsage;
  /** Calls back when the manager is disposed of; the answer stops that. */
  onDispose(run: () => void): () => void;
  /** What is behind a connection of this manager. The stream takes all its messages. */
  messageStream(connection: Connection): MessageStream;
}

/** @throws TypeError for what `createWebSocketManager` did not make. */
export function internalsOf(manager: WebSocketManager): ManagerInternals {
  if (!hasInternals(manager)) throw new TypeError("manager must be one that createWebSocketManager made");
  const { context, admission } = manager[internalsKey];
  const { settings, deadlines } = context;
  return {
    clock: settings.clock,
    capabilities: settings.transport.capabilities,
    timeoutMs: settings.timeoutMs,
    closeTimeoutMs: settings.closeTimeoutMs,
    maxWaitMs: settings.maxWaitMs,
    deadlines,
    begin: (name, correlationId, method) => context.begin(name, correlationId, method),
    lane: (gate, maxQueued) =>
      new GatedLane(
        admission.queue,
        {
          ready: (nowMs) => gate.ready(nowMs),
          limiter: () => admission.limiters.of({ action: "message", url: gate.url }),
        },
        maxQueued,
      ),
    count: (url) => admission.count(1, { action: "message", url }),
    usage: () => admission.usage(),
    onDispose: (run) => context.onDispose(run),
    messageStream(connection) {
      const managed = context.find(connection);
      if (managed === undefined) throw new TypeError("that is not a connection of this manager");
      return new MessageStream(managed);
    },
  };
}

function hasInternals(value: unknown): value is WithInternals {
  return typeof value === "object" && value !== null && internalsKey in value;
}

import type { Codec } from "./codec.ts";
import { ConnectionHandle } from "./connection/connection.ts";
import { type ConnectionHost, ManagedConnection } from "./connection/managed-connection.ts";
import { Operation } from "./operations/operation.ts";
import type { Settings } from "./options/manager-options.ts";
import type { ChannelClose } from "./ports/channel.ts";
import type { CountedName } from "./ports/stats-sink.ts";
import { Recorder } from "./stats/recorder.ts";
import { Deadlines } from "./time/deadlines.ts";

/** What the operations of one manager share, its open connections among it. */
export class ManagerContext implements ConnectionHost {
  readonly settings: Settings;
  readonly deadlines: Deadlines;
  readonly recorder: Recorder;
  /** Ends a connection that its holder disposes of. */
  readonly release: (connection: ManagedConnection) => Promise<void>;
  readonly #idPrefix: string = Math.random().toString(36).slice(2, 8);
  readonly #open: Map<string, ManagedConnection> = new Map();
  readonly #disposers: Set<() => void> = new Set();
  #connectionsMade = 0;
  #operationsMade = 0;

  constructor(settings: Settings, release: (connection: ManagedConnection) => Promise<void>) {
    this.settings = settings;
    this.deadlines = new Deadlines(settings.clock);
    this.recorder = new Recorder(settings.statsSink, settings.clock);
    this.release = release;
  }

  /** A new operation; the clock is read here. */
  begin(name: CountedName, given: string | undefined, method?: string): Operation {
    this.#operationsMade += 1;
    const correlationId = given ?? `${this.#idPrefix}-${this.#operationsMade}`;
    return new Operation(name, correlationId, this.recorder.now(), this.recorder, method);
  }

  /** A new connection, which has no channel yet. */
  prepare(url: string, codec: Codec): ManagedConnection {
    this.#connectionsMade += 1;
    return new ManagedConnection(`${this.#idPrefix}-c${this.#connectionsMade}`, url, codec, this);
  }

  /** The connection behind a handle, if it is one of this manager's. */
  find(handle: unknown): ManagedConnection | undefined {
    const managed = ConnectionHandle.managed(handle);
    return managed?.host === this ? managed : undefined;
  }

  /** The handle of an open connection, by its id. */
  byId(id: string): ConnectionHandle | undefined {
    const managed = this.#open.get(id);
    return managed && new ConnectionHandle(managed);
  }

  opened(connection: ManagedConnection, correlationId: string): void {
    this.#open.set(connection.id, connection);
    this.recorder.connectionOpened(connection, correlationId);
  }

  closed(connection: ManagedConnection, close: ChannelClose): void {
    this.#open.delete(connection.id);
    this.recorder.connectionClosed(connection, close);
  }

  /** Calls back when the manager is disposed of; the answer stops that. */
  onDispose(run: () => void): () => void {
    this.#disposers.add(run);
    return () => this.#disposers.delete(run);
  }

  /** Ends what waits, and all connections. */
  async dispose(): Promise<void> {
    for (const run of this.#disposers) run();
    await Promise.all(Array.from(this.#open.values(), (connection) => this.release(connection)));
  }
}

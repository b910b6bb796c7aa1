import type { Codec } from "../codec.ts";
import type { InboxLimits } from "../options/manager-options.ts";
import type { ChannelClose } from "../ports/channel.ts";
import type { TransportCapabilities } from "../ports/transport-capabilities.ts";
import type { Recorder } from "../stats/recorder.ts";
import type { Deadlines } from "../time/deadlines.ts";
import { type Connection, ConnectionHandle } from "./connection.ts";
import { type ConnectionHost, ManagedConnection } from "./managed-connection.ts";

export interface ConnectionsOptions {
  readonly idPrefix: string;
  readonly recorder: Recorder;
  readonly deadlines: Deadlines;
  readonly inbox: InboxLimits;
  readonly capabilities: TransportCapabilities;
  /** Ends a connection that its holder disposes of. */
  readonly release: (connection: ManagedConnection) => Promise<void>;
}

/** The open connections of one manager, by their ids. */
export class Connections implements ConnectionHost {
  readonly recorder: Recorder;
  readonly deadlines: Deadlines;
  readonly capabilities: TransportCapabilities;
  readonly inbox: InboxLimits;
  readonly release: (connection: ManagedConnection) => Promise<void>;
  readonly #idPrefix: string;
  readonly #open: Map<string, ManagedConnection> = new Map();
  #made = 0;

  constructor({ idPrefix, recorder, deadlines, inbox, capabilities, release }: ConnectionsOptions) {
    this.#idPrefix = idPrefix;
    this.recorder = recorder;
    this.deadlines = deadlines;
    this.inbox = inbox;
    this.capabilities = capabilities;
    this.release = release;
  }

  prepare(url: string, codec: Codec): ManagedConnection {
    this.#made += 1;
    return new ManagedConnection(`${this.#idPrefix}-c${this.#made}`, url, codec, this);
  }

  /** The connection behind a handle, if it is one of this manager's. */
  find(handle: unknown): ManagedConnection | undefined {
    const managed = ConnectionHandle.managed(handle);
    return managed?.host === this ? managed : undefined;
  }

  /** The handle of an open connection, by its id. */
  byId(id: string): Connection | undefined {
    const managed = this.#open.get(id);
    return managed === undefined ? undefined : new ConnectionHandle(managed);
  }

  all(): readonly ManagedConnection[] {
    return [...this.#open.values()];
  }

  opened(connection: ManagedConnection, correlationId: string): void {
    this.#open.set(connection.id, connection);
    this.recorder.connectionOpened(connection, correlationId);
  }

  closed(connection: ManagedConnection, close: ChannelClose): void {
    this.#open.delete(connection.id);
    this.recorder.connectionClosed(connection, close);
  }
}

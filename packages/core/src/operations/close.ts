import type { ManagedConnection } from "../connection/managed-connection.ts";
import type { ManagerContext } from "../manager-context.ts";
import type { ChannelClose } from "../ports/channel.ts";
import type { Result } from "../result.ts";
import type { Deadline } from "../time/deadlines.ts";
import type { CloseData } from "../web-socket-manager.ts";
import type { Operation } from "./operation.ts";

export interface ClosingOptions {
  readonly code: number;
  readonly reason: string;
  /** 0 or less: the socket is destroyed without a closing handshake. */
  readonly timeoutMs: number;
}

/** How long a transport may take to report the end of a socket that it was asked to destroy. */
const terminateTimeoutMs = 250;

/** The operation `close`. */
export async function close(
  context: ManagerContext,
  operation: Operation,
  connection: ManagedConnection,
  options: ClosingOptions,
): Promise<Result<CloseData>> {
  const end = await endConnection(context, connection, options);
  if (end === undefined) {
    const message = "The transport did not confirm the end; the connection is given up";
    return operation.fail("CLOSE_FAILED", "close", message, { url: connection.url });
  }
  const { code, reason, clean } = end;
  return operation.succeed({ code, reason, clean, correlationId: operation.correlationId });
}

/**
 * Ends a connection in bounded time: closing handshake, then destruction, then giving up. Resolves with how it ended,
 * or with undefined where the transport never reported an end.
 */
export function endConnection(
  context: ManagerContext,
  connection: ManagedConnection,
  options: ClosingOptions,
): Promise<ChannelClose | undefined> {
  return new Promise((resolve) => new Closing(context, connection, resolve).start(options));
}

/** With a closing handshake, which has at most the manager's `closeTimeoutMs`. */
export function release(
  context: ManagerContext,
  connection: ManagedConnection,
  timeoutMs: number = context.settings.closeTimeoutMs,
): Promise<ChannelClose | undefined> {
  return endConnection(context, connection, { code: 1000, reason: "", timeoutMs });
}

/** For a connection that failed: without a closing handshake. */
export function terminate(
  context: ManagerContext,
  connection: ManagedConnection,
): Promise<ChannelClose | undefined> {
  return release(context, connection, 0);
}

class Closing implements Deadline {
  atMs = 0;
  index = -1;
  readonly #context: ManagerContext;
  readonly #connection: ManagedConnection;
  readonly #resolve: (close: ChannelClose | undefined) => void;
  #step: "handshake" | "destruction" = "handshake";

  constructor(
    context: ManagerContext,
    connection: ManagedConnection,
    resolve: (close: ChannelClose | undefined) => void,
  ) {
    this.#context = context;
    this.#connection = connection;
    this.#resolve = resolve;
  }

  start({ code, reason, timeoutMs }: ClosingOptions): void {
    this.#connection.whenClosed(() => this.#closed());
    if (this.#connection.end !== undefined) return;
    try {
      if (timeoutMs <= 0) this.#terminate();
      else this.#shake(code, reason, timeoutMs);
    } catch {
      this.#terminate();
    }
  }

  expire(): void {
    if (this.#step === "handshake") {
      this.#terminate();
    } else {
      this.#connection.abandon();
    }
  }

  #shake(code: number, reason: string, timeoutMs: number): void {
    this.#expireIn(timeoutMs);
    this.#connection.startClosing(code, reason);
  }

  #terminate(): void {
    this.#step = "destruction";
    this.#expireIn(terminateTimeoutMs);
    try {
      this.#connection.terminate();
    } catch {
      // The deadline ends it.
    }
  }

  #expireIn(delayMs: number): void {
    this.#context.deadlines.remove(this);
    this.#context.deadlines.add(this, this.#context.settings.clock.now() + delayMs);
  }

  #closed(): void {
    this.#context.deadlines.remove(this);
    this.#resolve(this.#connection.abandoned ? undefined : this.#connection.end);
  }
}

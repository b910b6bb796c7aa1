import { type ManagedConnection, unconfirmedEnd } from "../connection/managed-connection.ts";
import type { ChannelClose } from "../ports/channel.ts";
import type { Result } from "../result.ts";
import { Expiry } from "../time/deadlines.ts";
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
  operation: Operation,
  connection: ManagedConnection,
  options: ClosingOptions,
): Promise<Result<CloseData>> {
  const end = await endConnection(connection, options);
  if (end === undefined) {
    return operation.fail("CLOSE_FAILED", "close", "The transport did not confirm the end");
  }
  const { code, reason, clean } = end;
  return operation.succeed({ code, reason, clean, correlationId: operation.correlationId }, "close");
}

/**
 * Ends a connection in bounded time: closing handshake, then destruction, then giving up. Resolves with how it ended,
 * or with undefined where the transport never reported an end.
 */
export function endConnection(
  connection: ManagedConnection,
  { code, reason, timeoutMs }: ClosingOptions,
): Promise<ChannelClose | undefined> {
  const { deadlines, recorder } = connection.host;
  return new Promise((resolve) => {
    let destroyed = false;
    const limit = new Expiry(() => (destroyed ? connection.close(unconfirmedEnd) : destroy()));
    const limitTo = (delayMs: number): void => {
      deadlines.remove(limit);
      deadlines.add(limit, recorder.now() + delayMs);
    };
    const destroy = (): void => {
      destroyed = true;
      limitTo(terminateTimeoutMs);
      try {
        connection.terminate();
      } catch {
        // The limit ends it.
      }
    };
    connection.whenClosed(() => {
      deadlines.remove(limit);
      resolve(connection.end === unconfirmedEnd ? undefined : connection.end);
    });
    if (connection.end !== undefined) return;
    if (timeoutMs <= 0) {
      destroy();
      return;
    }
    limitTo(timeoutMs);
    try {
      connection.startClosing(code, reason);
    } catch {
      destroy();
    }
  });
}

/** At most the manager's `closeTimeoutMs` for the closing handshake; none for a connection that failed: 0. */
export function release(
  connection: ManagedConnection,
  timeoutMs: number = connection.host.settings.closeTimeoutMs,
): Promise<ChannelClose | undefined> {
  return endConnection(connection, { code: 1000, reason: "", timeoutMs });
}

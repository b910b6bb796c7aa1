import {
  type CloseData,
  type Codec,
  type Connection,
  type ConnectOptions,
  createWebSocketManager,
  type InboxOptions,
  type Transport,
  unwrap,
  type WebSocketManager,
} from "@outsock/core";
import { wsTransport } from "@outsock/transport-ws";
import { type DialFlags, readHeaders, readTlsOptions } from "../options/connection-options.ts";
import { optionInFlags } from "../output/describe-error.ts";
import { UsageError } from "../output/failures.ts";
import type { CommandContext } from "../perform.ts";

/** Destroying the socket may take another 250 ms, so Ctrl-C ends a command within a second. */
export const closeTimeoutMs = 700;

export async function openTransport(flags: DialFlags, { output }: CommandContext): Promise<Transport> {
  if (flags.insecure) output.warn("--insecure: the server's certificate is not checked");
  return wsTransport({ tls: await readTlsOptions(flags) });
}

/** Creates the manager of one command. At the rate limit it waits rather than fails. */
export function openManager(
  transport: Transport,
  flags: DialFlags,
  own: { readonly codec: Codec; readonly inbox?: InboxOptions },
): WebSocketManager {
  return createWebSocketManager({
    transport,
    timeoutMs: flags.timeout,
    closeTimeoutMs,
    maxMessageBytes: flags.maxMessageBytes,
    maxBufferedBytes: flags.maxBufferedBytes,
    onLimit: { wait: flags.timeout },
    ...own,
  });
}

/** Reports a TypeError of the library, which stems from the command line. @throws UsageError */
export function withUsageErrors<Answer>(call: () => Answer): Answer {
  try {
    return call();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new UsageError(optionInFlags(error), { cause: error });
  }
}

export function connectOptions(flags: DialFlags, signal: AbortSignal): ConnectOptions {
  return {
    timeoutMs: flags.timeout,
    headers: readHeaders(flags.header ?? [], flags.headerEnv ?? [], process.env),
    ...(flags.subprotocol && { protocols: flags.subprotocol }),
    signal,
  };
}

/** Closes a connection within `timeoutMs`, or within a second once interrupted. */
export async function hangUp(
  manager: WebSocketManager,
  connection: Connection,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<CloseData> {
  const hurry = () => {
    // Both calls end together, after the shorter timeout.
    void manager.close(connection, { timeoutMs: closeTimeoutMs });
  };
  signal.addEventListener("abort", hurry);
  try {
    return unwrap(
      await manager.close(connection, { timeoutMs: signal.aborted ? closeTimeoutMs : timeoutMs }),
    );
  } finally {
    signal.removeEventListener("abort", hurry);
  }
}

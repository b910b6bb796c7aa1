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

/** With the quarter of a second that the socket's destruction may take, Ctrl-C ends within a second. */
export const closeTimeoutMs = 700;

export async function openTransport(flags: DialFlags, { output }: CommandContext): Promise<Transport> {
  if (flags.insecure) output.warn("--insecure: the server's certificate is not checked");
  return wsTransport({ tls: await readTlsOptions(flags) });
}

/** A manager for one command. At the rate limit it waits: a command line is in no hurry to fail. */
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

/** What the library refuses at once was written on the command line. @throws UsageError */
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

/** Closes a connection within its time, and within a second once interrupted. */
export async function hangUp(
  manager: WebSocketManager,
  connection: Connection,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<CloseData> {
  const hurry = () => {
    // Both calls end together; the shorter time counts.
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

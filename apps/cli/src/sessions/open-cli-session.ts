import { json, unwrap } from "@outsock/core";
import { openSession, type Protocol, type Session, type SessionOptions } from "@outsock/session";
import {
  closeTimeoutMs,
  connectOptions,
  openManager,
  openTransport,
  withUsageErrors,
} from "../connection/dialling.ts";
import type { DialFlags } from "../options/connection-options.ts";
import { formatDuration } from "../options/durations.ts";
import { printable } from "../output/describe-error.ts";
import type { CommandContext } from "../perform.ts";

/** A session of one command; disposing of it ends it within a second. */
export interface CliSession extends AsyncDisposable {
  readonly session: Session;
}

interface CliSessionOptions extends Pick<SessionOptions, "reconnect"> {
  /** Where something is being typed: prints beside it. */
  readonly aside?: (print: () => void) => void;
}

/** Connects and logs in. What goes on afterwards (losses, gaps) is told on stderr. */
export async function openCliSession(
  url: string,
  protocol: Protocol,
  flags: DialFlags,
  context: CommandContext,
  { aside = (print) => print(), ...options }: CliSessionOptions = {},
): Promise<CliSession> {
  const { headers = {}, protocols, signal, timeoutMs } = connectOptions(flags, context.signal);
  const manager = openManager(await openTransport(flags, context), flags, { codec: json });
  const subprotocols = typeof protocols === "string" ? [protocols] : protocols;
  const offered = subprotocols === undefined ? protocol : { ...protocol, subprotocols };
  const times = { connectTimeoutMs: timeoutMs, handshakeTimeoutMs: timeoutMs, callTimeoutMs: timeoutMs };
  const opened = await withUsageErrors(() =>
    openSession(manager, { url, protocol: offered, headers, signal, ...times, ...options }),
  );
  const { session } = unwrap(opened);
  tell(session, context, aside);
  return {
    session,
    async [Symbol.asyncDispose]() {
      await session.close({ timeoutMs: context.signal.aborted ? 0 : closeTimeoutMs });
      await manager.dispose();
    },
  };
}

function tell(session: Session, { output }: CommandContext, aside: (print: () => void) => void): void {
  session.on("failure", ({ error, retryInMs }) => {
    const again = retryInMs === undefined ? "" : `; again in ${formatDuration(retryInMs)}`;
    aside(() => output.say(`${error.code}: ${printable(error.message)}${again}`));
  });
  session.on("state", ({ state, previous, error }) => {
    if (state !== "waiting" || previous === "connecting" || error === undefined) return;
    aside(() => output.warn(`connection lost: ${printable(error.message)}`));
  });
  session.on("gap", ({ sinceMs }) => {
    aside(() => output.warn(`connected again after ${formatDuration(sinceMs)}: events may be missing`));
  });
}

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

/** The session of one command. Disposing it ends it within a second. */
export interface CliSession extends AsyncDisposable {
  readonly session: Session;
}

interface CliSessionOptions extends Pick<SessionOptions, "reconnect"> {
  /** Prints without disturbing a line that is being typed. */
  readonly aside?: (print: () => void) => void;
}

/** Connects and logs in. Later failures and gaps are reported on stderr. */
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
  reportEvents(session, context, aside);
  return {
    session,
    async [Symbol.asyncDispose]() {
      await session.close({ timeoutMs: context.signal.aborted ? 0 : closeTimeoutMs });
      await manager.dispose();
    },
  };
}

function reportEvents(
  session: Session,
  { output }: CommandContext,
  aside: (print: () => void) => void,
): void {
  session.on("failure", ({ error, retryInMs }) => {
    const again = retryInMs === undefined ? "" : `; next attempt in ${formatDuration(retryInMs)}`;
    aside(() => output.say(`${error.code}: ${printable(error.message)}${again}`));
  });
  session.on("state", ({ state, previous, error }) => {
    if (state !== "waiting" || previous === "connecting" || error === undefined) return;
    aside(() => output.warn(`connection lost: ${printable(error.message)}`));
  });
  session.on("gap", ({ sinceMs }) => {
    aside(() => output.warn(`reconnected after ${formatDuration(sinceMs)}: events may be missing`));
  });
}

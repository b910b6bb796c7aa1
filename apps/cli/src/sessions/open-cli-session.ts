import { json, unwrap, type WebSocketManager } from "@outsock/core";
import { openSession, type Protocol, type Session, type SessionOptions } from "@outsock/session";
import { closeTimeoutMs, connectOptions, dial, openManager, openTransport } from "../dialling.ts";
import { formatDuration } from "../durations.ts";
import type { DialFlags } from "../options/connection-options.ts";
import type { Context } from "../perform.ts";

/** A session of one command; disposing of it ends it within a second. */
export interface CliSession extends AsyncDisposable {
  readonly session: Session;
  readonly manager: WebSocketManager;
}

/** Connects and logs in. What goes on afterwards (losses, gaps) is told on stderr. */
export async function openCliSession(
  url: string,
  protocol: Protocol,
  flags: DialFlags,
  context: Context,
  options: Pick<SessionOptions, "reconnect"> = {},
): Promise<CliSession> {
  const { headers = {}, protocols, signal, timeoutMs } = connectOptions(flags, context.signal);
  const manager = openManager(await openTransport(flags, context), flags, { codec: json });
  const subprotocols = typeof protocols === "string" ? [protocols] : protocols;
  const offered = subprotocols === undefined ? protocol : { ...protocol, subprotocols };
  const times = { connectTimeoutMs: timeoutMs, handshakeTimeoutMs: timeoutMs, callTimeoutMs: timeoutMs };
  const opened = await dial(() =>
    openSession(manager, { url, protocol: offered, headers, signal, ...times, ...options }),
  );
  const { session } = unwrap(opened);
  tell(session, context);
  return {
    session,
    manager,
    async [Symbol.asyncDispose]() {
      await session.close({ timeoutMs: context.signal.aborted ? 0 : closeTimeoutMs });
      await manager.dispose();
    },
  };
}

function tell(session: Session, { output }: Context): void {
  session.on("failure", ({ error, retryInMs }) => {
    const again = retryInMs === undefined ? "" : `; again in ${formatDuration(retryInMs)}`;
    output.say(`${error.code}: ${error.message}${again}`);
  });
  session.on("state", ({ state, error }) => {
    if (state === "waiting" && error !== undefined) output.say(`connection lost: ${error.message}`);
  });
  session.on("gap", ({ sinceMs }) => {
    output.warn(`connected again after ${formatDuration(Math.round(sinceMs))}: events may be missing`);
  });
}

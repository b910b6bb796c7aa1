import { type Connection, OutsockError } from "@outsock/core";
import { Expiry } from "@outsock/core/internal";
import type { SessionContext } from "../context.ts";
import type { Attempt, PerAttempt } from "../options/session-options.ts";
import { type Aborting, untilAborted } from "./until-aborted.ts";

export type OpenedConnection =
  | { readonly ok: true; readonly connection: Connection; readonly correlationId: string }
  | { readonly ok: false; readonly error: OutsockError };

/** One attempt to connect: asks for the url and the headers, then opens. `aborting` ends it. */
export async function openConnection(
  context: SessionContext,
  attempt: number,
  otherUrl: string | undefined,
  aborting: Aborting,
): Promise<OpenedConnection> {
  const { internals, settings, manager } = context;
  const { signal } = aborting;
  const startedAtMs = internals.clock.now();
  const deadline = new Expiry(() => aborting.abort(timedOut));
  internals.deadlines.add(deadline, startedAtMs + settings.connectTimeoutMs);
  try {
    const url = otherUrl ?? (await ask(settings.url, { attempt, signal }, signal));
    const headers = await ask(settings.headers, { attempt, signal }, signal);
    const { subprotocols, codec = "json" } = settings.protocol;
    // From here on the manager's deadline counts; two that end together would be told apart by chance.
    internals.deadlines.remove(deadline);
    const leftMs = Math.max(1, Math.round(startedAtMs + settings.connectTimeoutMs - internals.clock.now()));
    const { correlationId } = settings;
    const connected = await manager.connect(url, {
      timeoutMs: leftMs,
      headers,
      protocols: subprotocols,
      codec,
      signal,
      correlationId,
    });
    if (!connected.success) return { ok: false, error: connected.error };
    return { ok: true, ...connected.data };
  } catch (cause) {
    return { ok: false, error: describe(context, cause) };
  } finally {
    internals.deadlines.remove(deadline);
  }
}

const timedOut: unique symbol = Symbol("timed out");

function ask<Value>(asked: PerAttempt<Value>, attempt: Attempt, signal: AbortSignal): Value | Promise<Value> {
  if (!isFunction(asked)) return asked;
  return untilAborted(signal, async () => asked(attempt));
}

function isFunction<Value>(asked: PerAttempt<Value>): asked is (attempt: Attempt) => Value | Promise<Value> {
  return typeof asked === "function";
}

/** What `url` or `headers` threw, or what they answered that cannot be dialled. */
function describe({ id, settings }: SessionContext, cause: unknown): OutsockError {
  const details = { phase: "connect", sent: "no", correlationId: id } as const;
  if (cause === timedOut) {
    const message = `url and headers were not answered within ${settings.connectTimeoutMs} ms`;
    return new OutsockError("CONNECT_TIMEOUT", message, details);
  }
  const mistake = cause instanceof TypeError && cause.message.startsWith("connect: ");
  const message = mistake
    ? `What headers answered cannot be sent: ${cause.message}`
    : "The url or the headers of the session could not be found out; see cause";
  return new OutsockError("CONNECT_FAILED", message, { ...details, cause, retryable: !mistake });
}

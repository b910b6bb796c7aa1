import type { OutsockError, Result, WebSocketManager } from "@outsock/core";
import { internalsOf } from "@outsock/core/internal";
import { type SessionContext, zeroCounters } from "./context.ts";
import { Emitter } from "./emitter.ts";
import { ManagedSession } from "./managed-session.ts";
import type { SessionOptions } from "./options/session-options.ts";
import { resolveSessionSettings, type SessionSettings } from "./options/settings.ts";
import type { MessageId } from "./protocol.ts";
import type { Session } from "./session.ts";

export interface OpenSessionData {
  readonly session: Session;
  readonly correlationId: string;
}

/**
 * Opens a session: connects, runs the protocol's handshake, and answers when calls can go out. One failed attempt is a failure,
 * unless `reconnect.initial` says otherwise; from then on it reconnects by itself. Fails with every code of `connect`, CONNECTION_CLOSED and PROTOCOL_ERROR during the protocol's handshake, and AUTH_FAILED
 * where the protocol's handshake was refused.
 *
 * @throws TypeError for an unknown option, one of the wrong type, one that is missing, or a manager that
 * `createWebSocketManager` did not make.
 *
 * @example
 * const { session } = unwrap(await openSession(manager, { url: "wss://node.example.com", protocol: jsonRpc() }));
 * const { response } = unwrap(await session.call("eth_blockNumber", []));
 */
export function openSession(
  manager: WebSocketManager,
  options: SessionOptions,
): Promise<Result<OpenSessionData>> {
  const internals = internalsOf(manager);
  const settings = resolveSessionSettings(options, internals);
  const context: SessionContext = {
    manager,
    internals,
    settings,
    emitter: new Emitter(),
    counters: zeroCounters(),
    id: settings.correlationId ?? `s-${Math.random().toString(36).slice(2, 8)}`,
    resume: settings.resume,
    nextId: counting(settings),
  };
  return new Promise((resolve) => {
    const session = new ManagedSession(context, {
      ready: (correlationId) => resolve({ success: true, data: { session, correlationId } }),
      failed: (error: OutsockError) => resolve({ success: false, error }),
    });
    session.start();
  });
}

function counting({ protocol }: SessionSettings): () => MessageId {
  let count = 0;
  return () => {
    count += 1;
    return protocol.makeId === undefined ? count : protocol.makeId(count);
  };
}

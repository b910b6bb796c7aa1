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
 * Opens a session: connects, runs the protocol's handshake, and resolves when calls can be sent. If the first attempt fails,
 * opening fails, unless `reconnect.initial` is true; an open session reconnects by itself. Fails with every code of `connect`,
 * with CONNECTION_CLOSED and PROTOCOL_ERROR during the protocol's handshake, and with AUTH_FAILED if the server refused it.
 *
 * @throws TypeError for an option that is unknown, missing or of the wrong type, or for a manager that was not created by
 * `createWebSocketManager`.
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

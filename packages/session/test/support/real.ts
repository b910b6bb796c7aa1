import { createWebSocketManager, type ManagerOptions, unwrap } from "@outsock/core";
import { wsTransport } from "@outsock/transport-ws";
import { onTestFinished } from "vitest";
import { openSession, type Session, type SessionOptions } from "../../src/index.ts";

/** A session over a real socket that is closed after the test. */
export async function openReal(
  options: Omit<SessionOptions, "random">,
  managerOptions: Partial<ManagerOptions> = {},
): Promise<Session> {
  const manager = createWebSocketManager({ transport: wsTransport(), ...managerOptions });
  onTestFinished(() => manager.dispose());
  const opened = await openSession(manager, options);
  return unwrap(opened).session;
}

/** A server that is closed after the test. */
export async function use<Server extends AsyncDisposable>(starting: Promise<Server>): Promise<Server> {
  const server = await starting;
  onTestFinished(() => server[Symbol.asyncDispose]());
  return server;
}

/** Resolves with the first session event of a name. */
export function next<Name extends Parameters<Session["on"]>[0]>(
  session: Session,
  name: Name,
): Promise<unknown> {
  return new Promise((resolve) => {
    const hearing = session.on(name, (event) => {
      hearing[Symbol.dispose]();
      resolve(event);
    });
  });
}
